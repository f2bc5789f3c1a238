package streams

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// The states of a writable stream; closed and errored are those of a readable one.
const (
	writable = iota + 10
	erroring
)

// WritableStream is the interface WritableStream.
//
// https://streams.spec.whatwg.org/#ws-class
type WritableStream struct {
	webidl.Platform
	realm        *qjs.Realm
	wrapped      bool
	dead         bool // its wrapper is gone, and with it all values
	state        int
	failure      *qjs.Ref // the stored error
	writer       *WritableStreamDefaultWriter
	controller   *WritableStreamDefaultController
	backpressure bool
	requests     []*deferred // for the chunks in the queue
	writing      *deferred   // the in-flight write request
	closeRequest *deferred
	closing      *deferred // the in-flight close request
	abort        *pendingAbort
}

// pendingAbort is an abort that waits for what is under way.
type pendingAbort struct {
	promise            *deferred
	object, reason     *qjs.Ref
	wasAlreadyErroring bool
}

// Trace implements qjs.Tracer: all values of the stream are its wrapper's.
func (s *WritableStream) Trace(visit func(*qjs.Ref)) {
	visit(s.failure)
	c := s.controller
	c.queue.trace(visit)
	c.strategy.size.Trace(visit)
	if c.sink != nil {
		c.sink.trace(visit)
	}
	visit(c.signal)
	if s.writer != nil {
		s.writer.closed.trace(visit)
		s.writer.ready.trace(visit)
	}
	if s.abort != nil {
		visit(s.abort.object)
		visit(s.abort.reason)
	}
}

// Wrapped lets what holds the wrapper do so.
func (s *WritableStream) Wrapped() {
	s.wrapped, s.dead = true, false
	s.controller.holder.hold()
	if s.writer != nil {
		s.writer.holder.hold()
	}
}

// Finalize implements qjs.Finalizer.
func (s *WritableStream) Finalize() { s.wrapped, s.dead = false, true }

func init() {
	i := WritableStreamInterface
	i.Constructor = constructWritable
	i.Attributes = []webidl.Attribute{
		{Name: "locked", Get: webidl.Getter(func(_ *qjs.Realm, s *WritableStream) (qjs.Value, error) { return qjs.Bool(s.writer != nil), nil })},
	}
	i.Operations = []webidl.Operation{
		{Name: "abort", Promise: true, Func: webidl.Method(func(c *qjs.Call, s *WritableStream) (qjs.Value, error) {
			if s.writer != nil {
				return qjs.Value{}, webidl.TypeError("the stream is locked")
			}
			return s.doAbort(c.Arg(0)), nil
		})},
		{Name: "close", Promise: true, Func: webidl.Method(func(_ *qjs.Call, s *WritableStream) (qjs.Value, error) {
			if s.writer != nil {
				return qjs.Value{}, webidl.TypeError("the stream is locked")
			}
			return s.close()
		})},
		{Name: "getWriter", Func: webidl.Method(func(c *qjs.Call, s *WritableStream) (qjs.Value, error) {
			w := &WritableStreamDefaultWriter{}
			if err := w.setUp(s); err != nil {
				return qjs.Value{}, err
			}
			return webidl.Wrap(c.Realm, WritableStreamDefaultWriterInterface, w), nil
		})},
	}
}

// constructWritable makes a stream of an underlying sink.
//
// https://streams.spec.whatwg.org/#ws-constructor
func constructWritable(c *qjs.Call) (any, error) {
	object := c.Arg(0)
	if !object.IsUndefined() && !object.IsObject() {
		return nil, webidl.TypeError("the underlying sink is not an object")
	}
	d, err := webidl.ToDictionary(c.Realm, object, "UnderlyingSink")
	if err != nil {
		return nil, err
	}
	abort := webidl.Member(d, "abort", webidl.CallbackFunction, nil)
	closeSink := webidl.Member(d, "close", webidl.CallbackFunction, nil)
	start := webidl.Member(d, "start", webidl.CallbackFunction, nil)
	_, typed := d.Value("type")
	write := webidl.Member(d, "write", webidl.CallbackFunction, nil)
	if err := d.Err(); err != nil {
		return nil, err
	}
	if typed {
		return nil, webidl.RangeError("a sink has no type")
	}
	how, err := toStrategy(c.Realm, c.Arg(1), 1)
	if err != nil {
		return nil, err
	}
	s, realm := newWritable(c.Realm, how), c.Realm
	this, controller := c.Runtime().NewRef(object), s.controller
	controller.sink = &sink{
		write: func(v qjs.Value) qjs.Value { return perform(realm, write, this.Value(), v, webidl.ValueOf(controller)) },
		close: func() qjs.Value { return perform(realm, closeSink, this.Value()) },
		abort: func(reason qjs.Value) qjs.Value { return perform(realm, abort, this.Value(), reason) },
		trace: func(visit func(*qjs.Ref)) {
			visit(this)
			for _, callback := range []*webidl.Callback{start, write, closeSink, abort} {
				callback.Trace(visit)
			}
		},
	}
	return s, controller.start(start, this.Value())
}

func newWritable(realm *qjs.Realm, how strategy) *WritableStream {
	s := &WritableStream{realm: realm, state: writable}
	c := &WritableStreamDefaultController{stream: s, strategy: how, abortSignal: event.NewDependentSignal(realm, nil)}
	c.holder = holder{realm: realm, of: func() (stream, bool) { return s, s.wrapped }}
	c.signal = realm.Runtime().NewRef(webidl.ValueOf(c.abortSignal))
	webidl.Init(c, realm, WritableStreamDefaultControllerInterface)
	s.controller = c
	s.backpressure = c.desiredSize() <= 0
	return s
}

// doAbort aborts the stream.
//
// https://streams.spec.whatwg.org/#writable-stream-abort
func (s *WritableStream) doAbort(reason qjs.Value) qjs.Value {
	if s.state == closed || s.state == errored {
		return resolved(s.realm)
	}
	s.controller.abortSignal.Abort(s.realm, reason)
	if s.state == closed || s.state == errored { // a listener did that
		return resolved(s.realm)
	}
	if s.abort != nil {
		return s.abort.object.Value()
	}
	was := s.state == erroring
	if was {
		reason = qjs.Undefined()
	}
	d := newDeferred(s.realm)
	rt := s.realm.Runtime()
	s.abort = &pendingAbort{promise: d, object: rt.NewRef(d.object), reason: rt.NewRef(reason), wasAlreadyErroring: was}
	if !was {
		s.startErroring(reason)
	}
	return d.object
}

// close closes the stream after what is in the queue.
//
// https://streams.spec.whatwg.org/#writable-stream-close
func (s *WritableStream) close() (qjs.Value, error) {
	if s.state == closed || s.state == errored {
		return qjs.Value{}, webidl.TypeError("the stream is closed or errored")
	}
	if s.closeQueuedOrInFlight() {
		return qjs.Value{}, webidl.TypeError("the stream is being closed")
	}
	d := newDeferred(s.realm)
	s.closeRequest = d
	if s.writer != nil && s.backpressure && s.state == writable {
		s.writer.ready.fulfil()
	}
	s.controller.closing = true
	s.controller.advance()
	return d.object, nil
}

func (s *WritableStream) closeQueuedOrInFlight() bool {
	return s.closeRequest != nil || s.closing != nil
}

// startErroring lets nothing more be written.
//
// https://streams.spec.whatwg.org/#writable-stream-start-erroring
func (s *WritableStream) startErroring(reason qjs.Value) {
	s.state, s.failure = erroring, s.realm.Runtime().NewRef(reason)
	if s.writer != nil {
		s.writer.ensureReadyRejected(reason)
	}
	if s.writing == nil && s.closing == nil && s.controller.started {
		s.finishErroring()
	}
}

// dealWithRejection handles that the sink failed.
//
// https://streams.spec.whatwg.org/#writable-stream-deal-with-rejection
func (s *WritableStream) dealWithRejection(reason qjs.Value) {
	if s.state == writable {
		s.startErroring(reason)
		return
	}
	s.finishErroring()
}

// finishErroring rejects what waits, and aborts the sink.
//
// https://streams.spec.whatwg.org/#writable-stream-finish-erroring
func (s *WritableStream) finishErroring() {
	s.state = errored
	s.controller.queue.reset()
	stored := s.failure.Value()
	for _, r := range s.requests {
		r.reject(stored)
	}
	s.requests = nil
	if s.abort == nil {
		s.rejectCloseAndClosed()
		return
	}
	reason, abort := s.abort.reason.Value(), s.takeAbort()
	if abort.wasAlreadyErroring {
		abort.promise.reject(stored)
		s.rejectCloseAndClosed()
		return
	}
	webidl.React(s.realm, s.controller.abortSteps(reason), func(qjs.Value) {
		abort.promise.resolve(qjs.Undefined())
		s.rejectCloseAndClosed()
	}, func(reason qjs.Value) {
		abort.promise.reject(reason)
		s.rejectCloseAndClosed()
	})
}

// takeAbort returns the pending abort, which is pending no more.
func (s *WritableStream) takeAbort() *pendingAbort {
	abort := s.abort
	s.abort = nil
	abort.object.Free()
	abort.reason.Free()
	return abort
}

// rejectCloseAndClosed rejects a close that waits, and the writer's promise.
//
// https://streams.spec.whatwg.org/#writable-stream-reject-close-and-closed-promise-if-needed
func (s *WritableStream) rejectCloseAndClosed() {
	if s.closeRequest != nil {
		s.closeRequest.reject(s.failure.Value())
		s.closeRequest = nil
	}
	if s.writer != nil {
		s.writer.closed.fail(s.realm, s.failure.Value())
	}
}

// updateBackpressure tells the writer whether it should wait.
//
// https://streams.spec.whatwg.org/#writable-stream-update-backpressure
func (s *WritableStream) updateBackpressure(backpressure bool) {
	if s.writer != nil && backpressure != s.backpressure {
		if backpressure {
			s.writer.ready.free()
			s.writer.ready = &promise{}
		} else {
			s.writer.ready.fulfil()
		}
	}
	s.backpressure = backpressure
}
