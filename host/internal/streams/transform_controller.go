package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// TransformStreamDefaultController is the interface TransformStreamDefaultController.
//
// https://streams.spec.whatwg.org/#ts-default-controller-class
type TransformStreamDefaultController struct {
	webidl.Platform
	holder      holder
	stream      *TransformStream
	transformer *transformer // nil once nothing more will be asked of it
	finished    *qjs.Ref     // the promise of the last algorithm, nil before
}

// transformer is a script's object.
type transformer struct {
	object                          *qjs.Ref
	start, transform, flush, cancel *webidl.Callback
}

// trace visits what the stream's wrapper owns of the controller.
func (c *TransformStreamDefaultController) trace(visit func(*qjs.Ref)) {
	visit(c.finished)
	if t := c.transformer; t != nil {
		visit(t.object)
		for _, callback := range []*webidl.Callback{t.start, t.transform, t.flush, t.cancel} {
			callback.Trace(visit)
		}
	}
}

// Trace implements qjs.Tracer.
func (c *TransformStreamDefaultController) Trace(visit func(*qjs.Ref)) { visit(c.holder.held) }

// Wrapped holds the stream.
func (c *TransformStreamDefaultController) Wrapped() { c.holder.made() }

// Finalize implements qjs.Finalizer.
func (c *TransformStreamDefaultController) Finalize() { c.holder.gone() }

func init() {
	i := TransformStreamDefaultControllerInterface
	i.Attributes = []webidl.Attribute{
		{Name: "desiredSize", Get: webidl.Getter(func(_ *qjs.Realm, c *TransformStreamDefaultController) (qjs.Value, error) {
			switch readable := c.stream.readable; readable.state {
			case errored:
				return qjs.Null(), nil
			case closed:
				return qjs.Int(0), nil
			default:
				return qjs.Number(readable.controller.desiredSize()), nil
			}
		})},
	}
	i.Operations = []webidl.Operation{
		{Name: "enqueue", Func: webidl.Method(func(call *qjs.Call, c *TransformStreamDefaultController) (qjs.Value, error) {
			return qjs.Undefined(), c.enqueue(call.Arg(0))
		})},
		{Name: "error", Func: webidl.Method(func(call *qjs.Call, c *TransformStreamDefaultController) (qjs.Value, error) {
			c.stream.fail(call.Arg(0))
			return qjs.Undefined(), nil
		})},
		{Name: "terminate", Func: webidl.Method(func(_ *qjs.Call, c *TransformStreamDefaultController) (qjs.Value, error) {
			c.stream.readable.controller.Close()
			c.stream.failWritable(typeError(c.stream.realm, "the stream was terminated"))
			return qjs.Undefined(), nil
		})},
	}
}

// enqueue gives a chunk to the readable side.
//
// https://streams.spec.whatwg.org/#transform-stream-default-controller-enqueue
func (c *TransformStreamDefaultController) enqueue(v qjs.Value) error {
	t := c.stream
	readable := t.readable.controller
	if !readable.canCloseOrEnqueue() {
		return webidl.TypeError("nothing can be enqueued any more")
	}
	if err := readable.Enqueue(v); err != nil {
		t.failWritable(webidl.ErrorValue(t.realm, err))
		return t.realm.NewException(t.readable.failure.Value())
	}
	if !readable.shouldPull() && !t.backpressure {
		t.setBackpressure(true)
	}
	return nil
}

// perform transforms a chunk.
//
// https://streams.spec.whatwg.org/#transform-stream-default-controller-perform-transform
func (c *TransformStreamDefaultController) perform(v qjs.Value) qjs.Value {
	realm := c.stream.realm
	var transformed qjs.Value
	if t := c.transformer; t != nil && t.transform != nil {
		transformed = perform(realm, t.transform, t.object.Value(), v, webidl.ValueOf(c))
	} else if err := c.enqueue(v); err != nil {
		transformed = webidl.RejectedPromise(realm, err)
	} else {
		return resolved(realm)
	}
	d := newDeferred(realm)
	webidl.React(realm, transformed, d.resolve, func(reason qjs.Value) {
		c.stream.fail(reason)
		d.reject(reason)
	})
	return d.object
}

func (c *TransformStreamDefaultController) flush() qjs.Value {
	if t := c.transformer; t != nil {
		return perform(c.stream.realm, t.flush, t.object.Value(), webidl.ValueOf(c))
	}
	return resolved(c.stream.realm)
}

func (c *TransformStreamDefaultController) cancel(reason qjs.Value) qjs.Value {
	if t := c.transformer; t != nil {
		return perform(c.stream.realm, t.cancel, t.object.Value(), reason)
	}
	return resolved(c.stream.realm)
}

// clear forgets the transformer.
//
// https://streams.spec.whatwg.org/#transform-stream-default-controller-clear-algorithms
func (c *TransformStreamDefaultController) clear() {
	t := c.transformer
	if t == nil {
		return
	}
	t.object.Free()
	for _, callback := range []*webidl.Callback{t.start, t.transform, t.flush, t.cancel} {
		callback.Free()
	}
	c.transformer = nil
}
