package host

import (
	"context"
	"fmt"

	"github.com/entangle-go/entangle/host/internal/heap"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Frame is a frame inside of a page that the Go program opened, whatever its origin. All methods
// may be called concurrently.
type Frame struct{ navigable *navigable }

// Frame returns the frame of that target name inside of this one. The error says that there is
// none.
func (f *Frame) Frame(name string) (*Frame, error) { return f.navigable.frame(name) }

// Eval is [Page.Eval] in the frame.
func (f *Frame) Eval(ctx context.Context, source string) (any, error) {
	return f.navigable.window().eval(ctx, source)
}

func (n *navigable) frame(name string) (*Frame, error) {
	if child := n.childNamed(name); child != nil {
		return &Frame{child}, nil
	}
	return nil, fmt.Errorf("host: there is no frame of the name %q", name)
}

// EvalError is what a script threw that was given to Eval.
type EvalError struct {
	Message, Stack string
}

func (e *EvalError) Error() string { return e.Message }

// eval runs a classic script in the window, which may be nil: closed.
func (w *window) eval(ctx context.Context, source string) (any, error) {
	type outcome struct {
		value any
		err   error
	}
	if w == nil {
		return nil, errDocumentClosed
	}
	result := make(chan outcome, 1)
	forget := func() {} // that the promise is waited for
	finish := func(v qjs.Value, err error) {
		forget()
		if err != nil {
			thrown := w.settings.Realm.NewException(webidl.ErrorValue(w.settings.Realm, err))
			result <- outcome{nil, &EvalError{thrown.Message, thrown.Stack}}
			return
		}
		record, err := heap.Serialize(w.settings.Realm, v)
		if err != nil {
			result <- outcome{nil, err}
			return
		}
		result <- outcome{record.Data(), nil}
	}
	var run func()
	run = func() {
		if w.gone {
			result <- outcome{nil, errDocumentClosed}
			return
		}
		if w.settings == nil { // it is being made, by a task that is to come
			w.agent.post(run)
			return
		}
		realm := w.settings.Realm
		w.settings.RunScript(func() error {
			v, err := realm.Eval(source, "eval")
			if err != nil && !webidl.Catchable(err) {
				result <- outcome{nil, err}
				return nil
			}
			if err != nil || !v.IsPromise() {
				finish(v, err)
				return nil
			}
			forget = w.settings.Hold(func() { result <- outcome{nil, errDocumentClosed} })
			settled := func(v qjs.Value, err error) {
				if !w.gone { // else it has been told
					finish(v, err)
				}
			}
			webidl.React(realm, v, func(v qjs.Value) { settled(v, nil) }, func(v qjs.Value) { settled(v, realm.NewException(v)) })
			return nil
		})
	}
	w.agent.post(run)
	select {
	case o := <-result:
		return o.value, o.err
	case <-w.agent.done:
		return nil, errDocumentClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
