package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// WritableStreamDefaultWriter is the interface WritableStreamDefaultWriter.
//
// https://streams.spec.whatwg.org/#default-writer-class
type WritableStreamDefaultWriter struct {
	webidl.Platform
	holder        holder
	stream        *WritableStream // nil after releaseLock
	ready, closed *promise
}

// Trace implements qjs.Tracer.
func (w *WritableStreamDefaultWriter) Trace(visit func(*qjs.Ref)) {
	visit(w.holder.held)
	if w.stream == nil {
		w.ready.trace(visit)
		w.closed.trace(visit)
	}
}

// Wrapped holds the stream.
func (w *WritableStreamDefaultWriter) Wrapped() { w.holder.made() }

// Finalize implements qjs.Finalizer.
func (w *WritableStreamDefaultWriter) Finalize() { w.holder.gone() }

// setUp locks a stream.
//
// https://streams.spec.whatwg.org/#set-up-writable-stream-default-writer
func (w *WritableStreamDefaultWriter) setUp(s *WritableStream) error {
	if s.writer != nil {
		return webidl.TypeError("the stream is locked")
	}
	w.stream, s.writer = s, w
	w.holder.realm = s.realm
	w.holder.of = func() (stream, bool) { return s, s.wrapped }
	w.holder.hold()
	w.ready, w.closed = fulfilled(), &promise{}
	switch s.state {
	case writable:
		if !s.closeQueuedOrInFlight() && s.backpressure {
			w.ready = &promise{}
		}
	case erroring:
		w.ready = rejectedWith(s.realm, s.failure.Value())
	case closed:
		w.closed = fulfilled()
	case errored:
		w.ready, w.closed = rejectedWith(s.realm, s.failure.Value()), rejectedWith(s.realm, s.failure.Value())
	}
	return nil
}

func init() {
	i := WritableStreamDefaultWriterInterface
	i.ConstructorLength = 1
	i.Constructor = func(c *qjs.Call) (any, error) {
		s, err := webidl.To[*WritableStream]("WritableStream")(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		w := &WritableStreamDefaultWriter{}
		return w, w.setUp(s)
	}
	i.Attributes = []webidl.Attribute{
		{Name: "closed", Promise: true, Get: webidl.Getter(func(r *qjs.Realm, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			return w.closed.value(r), nil
		})},
		{Name: "desiredSize", Get: webidl.Getter(func(_ *qjs.Realm, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			if w.stream == nil {
				return qjs.Value{}, errReleased
			}
			switch w.stream.state {
			case errored, erroring:
				return qjs.Null(), nil
			case closed:
				return qjs.Int(0), nil
			}
			return qjs.Number(w.stream.controller.desiredSize()), nil
		})},
		{Name: "ready", Promise: true, Get: webidl.Getter(func(r *qjs.Realm, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			return w.ready.value(r), nil
		})},
	}
	i.Operations = []webidl.Operation{
		{Name: "abort", Promise: true, Func: webidl.Method(func(c *qjs.Call, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			if w.stream == nil {
				return qjs.Value{}, errReleased
			}
			return w.stream.doAbort(c.Arg(0)), nil
		})},
		{Name: "close", Promise: true, Func: webidl.Method(func(_ *qjs.Call, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			if w.stream == nil {
				return qjs.Value{}, errReleased
			}
			return w.stream.close()
		})},
		{Name: "releaseLock", Func: webidl.Method(func(_ *qjs.Call, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			w.release()
			return qjs.Undefined(), nil
		})},
		{Name: "write", Promise: true, Func: webidl.Method(func(c *qjs.Call, w *WritableStreamDefaultWriter) (qjs.Value, error) {
			if w.stream == nil {
				return qjs.Value{}, errReleased
			}
			return w.write(c.Arg(0)), nil
		})},
	}
}

// write writes a chunk.
//
// https://streams.spec.whatwg.org/#writable-stream-default-writer-write
func (w *WritableStreamDefaultWriter) write(v qjs.Value) qjs.Value {
	s := w.stream
	size := s.controller.measure(v)
	switch {
	case w.stream != s:
		return rejectedValue(s.realm, typeError(s.realm, "the lock was released"))
	case s.state == errored, s.state == erroring:
		return rejectedValue(s.realm, s.failure.Value())
	case s.state == closed, s.closeQueuedOrInFlight():
		return rejectedValue(s.realm, typeError(s.realm, "the stream is closed"))
	}
	d := newDeferred(s.realm)
	s.requests = append(s.requests, d)
	s.controller.write(v, size)
	return d.object
}

// ensureReadyRejected rejects the ready promise, or another in its place.
//
// https://streams.spec.whatwg.org/#writable-stream-default-writer-ensure-ready-promise-rejected
func (w *WritableStreamDefaultWriter) ensureReadyRejected(reason qjs.Value) {
	if w.ready.settled {
		w.ready.free()
		w.ready = rejectedWith(w.stream.realm, reason)
	} else {
		w.ready.fail(w.stream.realm, reason)
	}
}

// release unlocks the stream.
//
// https://streams.spec.whatwg.org/#writable-stream-default-writer-release
func (w *WritableStreamDefaultWriter) release() {
	s := w.stream
	if s == nil {
		return
	}
	reason := typeError(s.realm, "the lock was released")
	w.ensureReadyRejected(reason)
	if w.closed.settled {
		w.closed.free()
		w.closed = rejectedWith(s.realm, reason)
	} else {
		w.closed.fail(s.realm, reason)
	}
	s.writer, w.stream = nil, nil
	w.holder.release()
}
