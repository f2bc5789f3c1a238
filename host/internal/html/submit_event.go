package html

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// SubmitEvent is https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#submitevent.
type SubmitEvent struct {
	event.Event
	submitter *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (e *SubmitEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.submitter) }

// SubmitEventInterface has no constructor.
var SubmitEventInterface = &webidl.Interface{
	Name: "SubmitEvent", Parent: event.EventInterface, Exposed: webidl.Window,
	Attributes: []webidl.Attribute{dom.Val("submitter", func(e *SubmitEvent) qjs.Value {
		if v := e.submitter.Value(); v.IsObject() {
			return v
		}
		return qjs.Null()
	})},
}

// fireSubmit asks the listeners whether a form is to be submitted.
func fireSubmit(form, submitter *dom.Element) bool {
	e := new(SubmitEvent)
	event.Create(e, form.Realm(), SubmitEventInterface, "submit", event.Init{Bubbles: true, Cancelable: true})
	if submitter != nil {
		e.submitter = form.Realm().Runtime().NewRef(submitter.Value())
	}
	return event.Dispatch(e, form)
}
