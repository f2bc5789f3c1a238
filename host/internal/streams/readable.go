package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// The states of a readable stream.
const (
	readable = iota
	closed
	errored
)

// ReadableStream is the interface ReadableStream.
//
// https://streams.spec.whatwg.org/#rs-class
type ReadableStream struct {
	webidl.Platform
	realm      *qjs.Realm
	wrapped    bool // its wrapper is there
	dead       bool // its wrapper is gone, and with it all values
	state      int
	failure    *qjs.Ref // the stored error
	disturbed  bool
	reader     *ReadableStreamDefaultReader
	controller *ReadableStreamDefaultController
	owned      *teeOwned // of a branch of a tee
}

// Trace implements qjs.Tracer: all values of the stream are its wrapper's.
func (s *ReadableStream) Trace(visit func(*qjs.Ref)) {
	visit(s.failure)
	if s.owned != nil {
		s.owned.trace(visit)
	}
	c := s.controller
	c.queue.trace(visit)
	c.strategy.size.Trace(visit)
	if c.source != nil {
		c.source.trace(visit)
	}
	if s.reader != nil {
		s.reader.closed.trace(visit)
	}
}

// Wrapped lets what holds the wrapper do so.
func (s *ReadableStream) Wrapped() {
	s.wrapped, s.dead = true, false
	s.controller.holder.hold()
	if s.reader != nil {
		s.reader.holder.hold()
	}
}

// Finalize implements qjs.Finalizer.
func (s *ReadableStream) Finalize() { s.wrapped, s.dead = false, true }

// source is where the chunks come from: a script's object or something of the host.
type source struct {
	pull   func() qjs.Value // returns a promise; nil: nothing to do
	cancel func(reason qjs.Value) qjs.Value
	trace  func(visit func(*qjs.Ref))
}

// NewReadableStream makes a stream whose chunks come from Go. pull is called when one is wanted: it
// may call the controller's Enqueue and Close, at once or later in a task.
//
// https://streams.spec.whatwg.org/#readablestream-set-up
func NewReadableStream(realm *qjs.Realm, pull func(*ReadableStreamDefaultController), cancel func()) *ReadableStream {
	s := &ReadableStream{realm: realm}
	webidl.Init(s, realm, ReadableStreamInterface)
	c := s.newController(strategy{})
	c.source = &source{trace: func(func(*qjs.Ref)) {}}
	c.source.pull = func() qjs.Value {
		pull(c)
		return resolved(realm)
	}
	c.source.cancel = func(qjs.Value) qjs.Value {
		cancel()
		return resolved(realm)
	}
	c.started = true
	return s
}

// Disturbed reports whether the stream was read from or canceled.
func (s *ReadableStream) Disturbed() bool { return s.disturbed }

// Locked reports whether the stream has a reader.
func (s *ReadableStream) Locked() bool { return s.reader != nil }

// construct makes a stream of an underlying source.
//
// https://streams.spec.whatwg.org/#rs-constructor
func constructReadable(c *qjs.Call) (any, error) {
	object := c.Arg(0)
	if !object.IsUndefined() && !object.IsObject() {
		return nil, webidl.TypeError("the underlying source is not an object")
	}
	d, err := webidl.ToDictionary(c.Realm, object, "UnderlyingSource")
	if err != nil {
		return nil, err
	}
	cancel := webidl.Member(d, "cancel", webidl.CallbackFunction, nil)
	pull := webidl.Member(d, "pull", webidl.CallbackFunction, nil)
	start := webidl.Member(d, "start", webidl.CallbackFunction, nil)
	kind := webidl.Member(d, "type", webidl.Enum("ReadableStreamType", "bytes"), "")
	if err := d.Err(); err != nil {
		return nil, err
	}
	if kind == "bytes" {
		return nil, webidl.DOMException("NotSupportedError", "byte streams are not supported")
	}
	how, err := toStrategy(c.Realm, c.Arg(1), 1)
	if err != nil {
		return nil, err
	}
	s := &ReadableStream{realm: c.Realm}
	controller := s.newController(how)
	this := c.Runtime().NewRef(object)
	realm := c.Realm
	controller.source = &source{
		pull:   func() qjs.Value { return perform(realm, pull, this.Value(), webidl.ValueOf(controller)) },
		cancel: func(reason qjs.Value) qjs.Value { return perform(realm, cancel, this.Value(), reason) },
		trace: func(visit func(*qjs.Ref)) {
			visit(this)
			for _, callback := range []*webidl.Callback{start, pull, cancel} {
				callback.Trace(visit)
			}
		},
	}
	return s, controller.start(start, this.Value())
}

func init() {
	ReadableStreamInterface.Constructor = constructReadable
	ReadableStreamInterface.Attributes = []webidl.Attribute{
		{Name: "locked", Get: webidl.Getter(func(_ *qjs.Realm, s *ReadableStream) (qjs.Value, error) { return qjs.Bool(s.Locked()), nil })},
	}
	ReadableStreamInterface.Operations = []webidl.Operation{
		{Name: "cancel", Promise: true, Func: webidl.Method(func(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
			if s.Locked() {
				return qjs.Value{}, webidl.TypeError("the stream is locked")
			}
			return s.cancel(c.Arg(0)), nil
		})},
		{Name: "getReader", Func: webidl.Method(getReader)},
		{Name: "pipeThrough", Length: 1, Func: webidl.Method(pipeThrough)},
		{Name: "pipeTo", Length: 1, Promise: true, Func: webidl.Method(pipeTo)},
		{Name: "tee", Func: webidl.Method(tee)},
		{Name: "values", Func: webidl.Method(values)},
	}
	ReadableStreamInterface.Complete = func(realm *qjs.Realm, prototype qjs.Value) {
		if f, err := prototype.Get(realm, "values"); err == nil { // nobody changed it yet
			_ = prototype.Define(realm, qjs.SymbolAsyncIterator, f, qjs.Hidden)
		}
	}
}

// getReader locks the stream.
//
// https://streams.spec.whatwg.org/#rs-get-reader
func getReader(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
	d, err := webidl.ToDictionary(c.Realm, c.Arg(0), "ReadableStreamGetReaderOptions")
	if err != nil {
		return qjs.Value{}, err
	}
	mode := webidl.Member(d, "mode", webidl.Enum("ReadableStreamReaderMode", "byob"), "")
	if err := d.Err(); err != nil {
		return qjs.Value{}, err
	}
	if mode == "byob" {
		return qjs.Value{}, webidl.TypeError("the stream is no byte stream")
	}
	reader := &ReadableStreamDefaultReader{}
	if err := reader.setUp(s); err != nil {
		return qjs.Value{}, err
	}
	return webidl.Wrap(c.Realm, ReadableStreamDefaultReaderInterface, reader), nil
}

// cancel cancels a stream.
//
// https://streams.spec.whatwg.org/#readable-stream-cancel
func (s *ReadableStream) cancel(reason qjs.Value) qjs.Value {
	s.disturbed = true
	switch s.state {
	case closed:
		return resolved(s.realm)
	case errored:
		return rejectedValue(s.realm, s.failure.Value())
	}
	s.close()
	return undefinedAfter(s.realm, s.controller.cancelSteps(reason))
}

// close closes a readable stream.
//
// https://streams.spec.whatwg.org/#readable-stream-close
func (s *ReadableStream) close() {
	s.state = closed
	if s.reader == nil {
		return
	}
	s.reader.closed.fulfil()
	requests := s.reader.requests
	s.reader.requests = nil
	for _, r := range requests {
		r.closed()
	}
}

// error errors a readable stream.
//
// https://streams.spec.whatwg.org/#readable-stream-error
func (s *ReadableStream) error(reason qjs.Value) {
	realm := s.realm
	s.state, s.failure = errored, realm.Runtime().NewRef(reason)
	if s.reader == nil {
		return
	}
	s.reader.closed.fail(realm, reason)
	s.reader.failRequests(reason)
}
