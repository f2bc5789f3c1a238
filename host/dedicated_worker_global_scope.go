package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/timers"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// dedicatedWorkerGlobalScopeInterface is https://html.spec.whatwg.org/multipage/workers.html#dedicatedworkerglobalscope.
var dedicatedWorkerGlobalScopeInterface = &webidl.Interface{
	Name: "DedicatedWorkerGlobalScope", Parent: workerGlobalScopeInterface, Exposed: webidl.DedicatedWorker, Global: true,
	Attributes: []webidl.Attribute{workerName, event.HandlerAttribute("message"), event.HandlerAttribute("messageerror")},
	Operations: append([]webidl.Operation{workerClose, {
		Name: "postMessage", Length: 1, Func: webidl.Method(func(c *qjs.Call, g *workerGlobalScope) (qjs.Value, error) {
			return qjs.Undefined(), messaging.PostMessage(c, g.inside)
		}),
	}}, timers.FrameOperations...),
}

// sharedWorkerGlobalScopeInterface is https://html.spec.whatwg.org/multipage/workers.html#sharedworkerglobalscope.
var sharedWorkerGlobalScopeInterface = &webidl.Interface{
	Name: "SharedWorkerGlobalScope", Parent: workerGlobalScopeInterface, Exposed: webidl.SharedWorker, Global: true,
	Attributes: []webidl.Attribute{workerName, event.HandlerAttribute("connect")},
	Operations: []webidl.Operation{workerClose},
}

// deliver fires message or messageerror at the global of a dedicated worker.
func (g *workerGlobalScope) deliver(e *entangle.MessageEvent) {
	messaging.Deliver(g.settings.Realm, g, e, qjs.Undefined())
}

// unhandled is told of an error that nobody in a dedicated worker handled: the Worker object gets
// it, and if nobody there handles it, its global.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception, step 8
func (g *workerGlobalScope) unhandled(info event.ErrorInfo) {
	if g.agent.ctx.Err() != nil { // the script was ended, which is no error of it
		return
	}
	if info.Promise { // a rejected promise is for the console alone
		g.host.unhandled(g.settings, info)
		return
	}
	info.Err = nil
	g.object.queueTask(func() {
		if event.FireError(g.object, info, true) {
			event.ReportError(g.outside.Realm, info)
		}
	})
}
