package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// TransformStream is the interface TransformStream.
//
// https://streams.spec.whatwg.org/#ts-class
type TransformStream struct {
	webidl.Platform
	realm        *qjs.Realm
	wrapped      bool
	dead         bool // its wrapper is gone, and with it all values
	readable     *ReadableStream
	writable     *WritableStream
	controller   *TransformStreamDefaultController
	backpressure bool
	change       *promise   // of the backpressure
	held         []*qjs.Ref // the wrappers of both sides
	sides        [2]holder  // how both sides hold this stream's wrapper
}

// Trace implements qjs.Tracer.
func (t *TransformStream) Trace(visit func(*qjs.Ref)) {
	for _, ref := range t.held {
		visit(ref)
	}
	t.change.trace(visit)
	t.controller.trace(visit)
}

// Wrapped ties the sides and the stream together.
func (t *TransformStream) Wrapped() {
	t.wrapped, t.dead = true, false
	rt := t.realm.Runtime()
	t.held = []*qjs.Ref{
		rt.NewRef(webidl.Wrap(t.realm, ReadableStreamInterface, t.readable)),
		rt.NewRef(webidl.Wrap(t.realm, WritableStreamInterface, t.writable)),
	}
	t.controller.holder.hold()
	for i := range t.sides {
		t.sides[i].hold()
	}
}

// Finalize implements qjs.Finalizer.
func (t *TransformStream) Finalize() { t.wrapped, t.dead, t.held = false, true, nil }

func init() {
	i := TransformStreamInterface
	i.Constructor = constructTransform
	i.Attributes = []webidl.Attribute{
		{Name: "readable", Get: webidl.Getter(func(_ *qjs.Realm, t *TransformStream) (qjs.Value, error) {
			return webidl.ValueOf(t.readable), nil
		})},
		{Name: "writable", Get: webidl.Getter(func(_ *qjs.Realm, t *TransformStream) (qjs.Value, error) {
			return webidl.ValueOf(t.writable), nil
		})},
	}
}

// constructTransform makes a stream of a transformer.
//
// https://streams.spec.whatwg.org/#ts-constructor
func constructTransform(c *qjs.Call) (any, error) {
	object := c.Arg(0)
	if !object.IsUndefined() && !object.IsObject() {
		return nil, webidl.TypeError("the transformer is not an object")
	}
	d, err := webidl.ToDictionary(c.Realm, object, "Transformer")
	if err != nil {
		return nil, err
	}
	cancel := webidl.Member(d, "cancel", webidl.CallbackFunction, nil)
	flush := webidl.Member(d, "flush", webidl.CallbackFunction, nil)
	_, readableTyped := d.Value("readableType")
	start := webidl.Member(d, "start", webidl.CallbackFunction, nil)
	transform := webidl.Member(d, "transform", webidl.CallbackFunction, nil)
	_, writableTyped := d.Value("writableType")
	if err := d.Err(); err != nil {
		return nil, err
	}
	if readableTyped || writableTyped {
		return nil, webidl.RangeError("a transformer has no types")
	}
	writableHow, err := toStrategy(c.Realm, c.Arg(1), 1)
	if err != nil {
		return nil, err
	}
	readableHow, err := toStrategy(c.Realm, c.Arg(2), 0)
	if err != nil {
		return nil, err
	}
	t := newTransform(c.Realm, writableHow, readableHow)
	t.controller.transformer = &transformer{
		object: c.Runtime().NewRef(object), start: start, transform: transform, flush: flush, cancel: cancel,
	}
	result := qjs.Undefined()
	if start != nil {
		if result, err = start.Call(object, webidl.ValueOf(t.controller)); err != nil {
			return nil, err
		}
	}
	started := webidl.ResolvedPromise(c.Realm, result)
	t.writable.controller.startAfter(started)
	t.readable.controller.startAfter(started)
	return t, nil
}

// newTransform is "initialize a transform stream".
//
// https://streams.spec.whatwg.org/#initialize-transform-stream
func newTransform(realm *qjs.Realm, writableHow, readableHow strategy) *TransformStream {
	t := &TransformStream{realm: realm, backpressure: true, change: &promise{}}
	of := func() (stream, bool) { return t, t.wrapped }
	for i := range t.sides {
		t.sides[i] = holder{realm: realm, of: of, exists: true}
	}
	t.controller = &TransformStreamDefaultController{stream: t, holder: holder{realm: realm, of: of}}
	webidl.Init(t.controller, realm, TransformStreamDefaultControllerInterface)

	t.readable = &ReadableStream{realm: realm}
	t.readable.newController(readableHow).source = &source{
		pull:   t.pull,
		cancel: t.canceled,
		trace:  func(visit func(*qjs.Ref)) { visit(t.sides[0].held) },
	}
	t.writable = newWritable(realm, writableHow)
	t.writable.controller.sink = &sink{
		write: t.write, close: t.closed, abort: t.aborted,
		trace: func(visit func(*qjs.Ref)) { visit(t.sides[1].held) },
	}
	return t
}

// setBackpressure says whether the readable side has enough.
//
// https://streams.spec.whatwg.org/#transform-stream-set-backpressure
func (t *TransformStream) setBackpressure(backpressure bool) {
	t.change.fulfil()
	t.change.free()
	t.change = &promise{}
	t.backpressure = backpressure
}

// fail errors both sides.
//
// https://streams.spec.whatwg.org/#transform-stream-error
func (t *TransformStream) fail(reason qjs.Value) {
	t.readable.controller.fail(reason)
	t.failWritable(reason)
}

// https://streams.spec.whatwg.org/#transform-stream-error-writable-and-unblock-write
func (t *TransformStream) failWritable(reason qjs.Value) {
	t.controller.clear()
	t.writable.controller.failIfNeeded(reason)
	t.unblock()
}

func (t *TransformStream) unblock() {
	if t.backpressure {
		t.setBackpressure(false)
	}
}

// write is the sink's: it waits while the readable side has enough.
//
// https://streams.spec.whatwg.org/#transform-stream-default-sink-write-algorithm
func (t *TransformStream) write(v qjs.Value) qjs.Value {
	if !t.backpressure {
		return t.controller.perform(v)
	}
	d, ref := newDeferred(t.realm), newRoot(t.realm, v)
	webidl.React(t.realm, t.change.value(t.realm), func(qjs.Value) {
		defer ref.Free()
		if t.writable.state == erroring {
			d.reject(t.writable.failure.Value())
			return
		}
		d.resolve(t.controller.perform(ref.Value()))
	}, nil)
	return d.object
}

// pull is the source's: the readable side wants more.
//
// https://streams.spec.whatwg.org/#transform-stream-default-source-pull
func (t *TransformStream) pull() qjs.Value {
	if t.dead {
		return resolved(t.realm)
	}
	t.setBackpressure(false)
	return t.change.value(t.realm)
}

// finish runs the last algorithm of the transformer, once; afterwards one side is told
// of the result.
func (t *TransformStream) finish(run func() qjs.Value, after func() (failure *qjs.Ref), failed func(reason qjs.Value)) qjs.Value {
	c := t.controller
	if c.finished != nil {
		return c.finished.Value()
	}
	d := newDeferred(t.realm)
	c.finished = t.realm.Runtime().NewRef(d.object)
	promise := run()
	c.clear()
	webidl.React(t.realm, promise, func(qjs.Value) {
		if failure := after(); failure != nil {
			d.reject(failure.Value())
			return
		}
		d.resolve(qjs.Undefined())
	}, func(reason qjs.Value) {
		failed(reason)
		d.reject(reason)
	})
	return d.object
}

// aborted is the sink's.
//
// https://streams.spec.whatwg.org/#transform-stream-default-sink-abort-algorithm
func (t *TransformStream) aborted(reason qjs.Value) qjs.Value {
	ref := newRoot(t.realm, reason)
	return t.finish(func() qjs.Value { return t.controller.cancel(reason) }, func() *qjs.Ref {
		defer ref.Free()
		if t.readable.state == errored {
			return t.readable.failure
		}
		t.readable.controller.fail(ref.Value())
		return nil
	}, t.readable.controller.fail)
}

// closed is the sink's.
//
// https://streams.spec.whatwg.org/#transform-stream-default-sink-close-algorithm
func (t *TransformStream) closed() qjs.Value {
	return t.finish(t.controller.flush, func() *qjs.Ref {
		if t.readable.state == errored {
			return t.readable.failure
		}
		t.readable.controller.Close()
		return nil
	}, t.readable.controller.fail)
}

// canceled is the source's.
//
// https://streams.spec.whatwg.org/#transform-stream-default-source-cancel
func (t *TransformStream) canceled(reason qjs.Value) qjs.Value {
	ref := newRoot(t.realm, reason)
	return t.finish(func() qjs.Value { return t.controller.cancel(reason) }, func() *qjs.Ref {
		defer ref.Free()
		if t.writable.state == errored {
			return t.writable.failure
		}
		t.writable.controller.failIfNeeded(ref.Value())
		t.unblock()
		return nil
	}, func(reason qjs.Value) {
		t.writable.controller.failIfNeeded(reason)
		t.unblock()
	})
}
