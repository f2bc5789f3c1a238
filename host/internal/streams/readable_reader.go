package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// ReadableStreamDefaultReader is the interface ReadableStreamDefaultReader.
//
// https://streams.spec.whatwg.org/#default-reader-class
type ReadableStreamDefaultReader struct {
	webidl.Platform
	holder   holder
	stream   *ReadableStream // nil after releaseLock
	closed   *promise
	requests []readRequest
}

// readRequest is who waits for a chunk. Exactly one of its functions is called, once.
//
// https://streams.spec.whatwg.org/#read-request
type readRequest struct {
	chunk  func(qjs.Value)
	closed func()
	failed func(reason qjs.Value)
}

// Trace implements qjs.Tracer.
func (r *ReadableStreamDefaultReader) Trace(visit func(*qjs.Ref)) {
	visit(r.holder.held)
	if r.stream == nil {
		r.closed.trace(visit) // otherwise the stream's
	}
}

// Wrapped holds the stream.
func (r *ReadableStreamDefaultReader) Wrapped() { r.holder.made() }

// Finalize implements qjs.Finalizer.
func (r *ReadableStreamDefaultReader) Finalize() { r.holder.gone() }

// setUp locks a stream.
//
// https://streams.spec.whatwg.org/#set-up-readable-stream-default-reader
func (r *ReadableStreamDefaultReader) setUp(s *ReadableStream) error {
	if s.Locked() {
		return webidl.TypeError("the stream is locked")
	}
	r.stream, s.reader = s, r
	r.holder.realm = s.realm
	r.holder.of = func() (stream, bool) { return s, s.wrapped }
	r.holder.hold()
	switch s.state {
	case readable:
		r.closed = &promise{}
	case closed:
		r.closed = fulfilled()
	case errored:
		r.closed = rejectedWith(s.realm, s.failure.Value())
	}
	return nil
}

func init() {
	i := ReadableStreamDefaultReaderInterface
	i.ConstructorLength = 1
	i.Constructor = func(c *qjs.Call) (any, error) {
		s, err := webidl.To[*ReadableStream]("ReadableStream")(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		r := &ReadableStreamDefaultReader{}
		return r, r.setUp(s)
	}
	i.Attributes = []webidl.Attribute{
		{Name: "closed", Promise: true, Get: webidl.Getter(func(realm *qjs.Realm, r *ReadableStreamDefaultReader) (qjs.Value, error) {
			return r.closed.value(realm), nil
		})},
	}
	i.Operations = []webidl.Operation{
		{Name: "cancel", Promise: true, Func: webidl.Method(func(c *qjs.Call, r *ReadableStreamDefaultReader) (qjs.Value, error) {
			if r.stream == nil {
				return qjs.Value{}, errReleased
			}
			return r.stream.cancel(c.Arg(0)), nil
		})},
		{Name: "read", Promise: true, Func: webidl.Method(read)},
		{Name: "releaseLock", Func: webidl.Method(func(_ *qjs.Call, r *ReadableStreamDefaultReader) (qjs.Value, error) {
			r.release()
			return qjs.Undefined(), nil
		})},
	}
}

var errReleased = webidl.TypeError("the lock was released")

// read reads a chunk.
//
// https://streams.spec.whatwg.org/#default-reader-read
func read(c *qjs.Call, r *ReadableStreamDefaultReader) (qjs.Value, error) {
	if r.stream == nil {
		return qjs.Value{}, errReleased
	}
	realm, d := c.Realm, newDeferred(c.Realm)
	r.read(readRequest{
		chunk:  func(v qjs.Value) { d.resolve(result(realm, v, false)) },
		closed: func() { d.resolve(result(realm, qjs.Undefined(), true)) },
		failed: d.reject,
	})
	return d.object, nil
}

// result makes a ReadableStreamReadResult.
func result(realm *qjs.Realm, v qjs.Value, done bool) qjs.Value {
	object := realm.NewObject()
	_ = object.Define(realm, "value", v, qjs.Ordinary) // a new object takes it
	_ = object.Define(realm, "done", qjs.Bool(done), qjs.Ordinary)
	return object
}

// read is ReadableStreamDefaultReaderRead.
//
// https://streams.spec.whatwg.org/#readable-stream-default-reader-read
func (r *ReadableStreamDefaultReader) read(request readRequest) {
	s := r.stream
	s.disturbed = true
	switch s.state {
	case closed:
		request.closed()
	case errored:
		request.failed(s.failure.Value())
	default:
		s.controller.pullSteps(request)
	}
}

func (r *ReadableStreamDefaultReader) failRequests(reason qjs.Value) {
	requests := r.requests
	r.requests = nil
	for _, request := range requests {
		request.failed(reason)
	}
}

// release unlocks the stream.
//
// https://streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaultreaderrelease
func (r *ReadableStreamDefaultReader) release() {
	s := r.stream
	if s == nil {
		return
	}
	reason := typeError(s.realm, "the lock was released")
	if r.closed.settled {
		r.closed.free()
		r.closed = rejectedWith(s.realm, reason)
	} else {
		r.closed.fail(s.realm, reason)
	}
	s.reader, r.stream = nil, nil
	r.holder.release()
	r.failRequests(reason)
}
