package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// worker is a Worker object: a dedicated worker, as its owner has it.
//
// https://html.spec.whatwg.org/multipage/workers.html#worker
type worker struct {
	event.Target
	outside *entangle.MessagePort // the outside port, whose message event target is the Worker
	scope   *workerGlobalScope
	kept    bool // listeners are kept from being collected
	ended   bool // no more events come
}

// workerInterface is https://html.spec.whatwg.org/multipage/workers.html#worker.
var workerInterface = &webidl.Interface{
	Name: "Worker", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	Constructor: constructWorker, ConstructorLength: 1,
	Attributes: []webidl.Attribute{
		event.HandlerAttribute("error"), event.HandlerAttribute("message"), event.HandlerAttribute("messageerror"),
	},
	Operations: []webidl.Operation{
		{Name: "terminate", Func: webidl.Method(func(_ *qjs.Call, w *worker) (qjs.Value, error) {
			w.terminate()
			return qjs.Undefined(), nil
		})},
		{Name: "postMessage", Length: 1, Func: webidl.Method(func(c *qjs.Call, w *worker) (qjs.Value, error) {
			return qjs.Undefined(), messaging.PostMessage(c, w.outside)
		})},
	},
}

// constructWorker is the Worker() constructor.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-worker
func constructWorker(c *qjs.Call) (any, error) {
	text, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return nil, err
	}
	options, err := readWorkerOptions(c.Realm, c.Arg(1), "WorkerOptions")
	if err != nil {
		return nil, err
	}
	// 1.-4. The URL, relative to the relevant settings object.
	s := settings.Of(c.Realm)
	u, err := parseWorkerURL(s, text)
	if err != nil {
		return nil, err
	}
	// 5.-7. The outside port. It is entangled with the inside port at once, which belongs to nobody
	// yet: so messages posted before the worker runs wait in it.
	//
	// DEVIATION: by the text they would be lost (SPEC 104).
	w := &worker{}
	channel := s.Messaging.NewMessageChannel()
	w.outside = channel.Port1
	w.scope = newWorkerGlobalScope(s, u, options, "worker")
	w.scope.object, w.scope.inside = w, channel.Port2
	// DEVIATION: the outside port's queue is enabled now, not after the script has run, so that a
	// script that does not end can be heard; all browsers do so.
	_ = w.outside.Listen(w.deliver, w.deliver, w.end)
	w.outside.Start()
	// 8. In parallel, run a worker.
	if h := w.scope.host; h.workers.add(&w.scope.entry, ownerOf(s)) {
		w.scope.start()
	} else {
		w.scope.fail()
	}
	return w, nil
}

// ListenersChanged keeps the listeners: the worker may have something to tell.
func (w *worker) ListenersChanged(string) {
	if keep := w.HasListeners() && !w.ended; keep != w.kept {
		w.kept = keep
		if keep {
			webidl.Keep(w)
		} else {
			webidl.Unkeep(w)
		}
	}
}

// terminate ends the worker: its script, its tasks, and what it posted and was not dispatched yet.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-worker-terminate
func (w *worker) terminate() {
	w.scope.terminate()
	w.outside.Close() // with all that is in its queue
	w.end()
}

// deliver fires message or messageerror at the Worker.
func (w *worker) deliver(e *entangle.MessageEvent) {
	messaging.Deliver(w.scope.outside.Realm, w, e, qjs.Undefined())
}

// end says that no more events come: the inside port was closed, which script is not
// told (SPEC 107).
func (w *worker) end() {
	w.ended = true
	w.ListenersChanged("")
}

// queueTask queues a task of the Worker's relevant global.
func (w *worker) queueTask(steps func()) { w.scope.outside.QueueTask(eventloop.DOMManipulation, steps) }
