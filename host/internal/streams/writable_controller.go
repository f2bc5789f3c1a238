package streams

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// WritableStreamDefaultController is the interface WritableStreamDefaultController.
//
// https://streams.spec.whatwg.org/#ws-default-controller-class
type WritableStreamDefaultController struct {
	webidl.Platform
	holder      holder
	stream      *WritableStream
	queue       queue
	closing     bool // the close sentinel is at the end of the queue
	strategy    strategy
	sink        *sink // nil once nothing more will be asked of it
	started     bool
	abortSignal *event.AbortSignal
	signal      *qjs.Ref // its wrapper
}

// sink is where the chunks go. Its functions return promises.
type sink struct {
	write func(qjs.Value) qjs.Value
	close func() qjs.Value
	abort func(reason qjs.Value) qjs.Value
	trace func(visit func(*qjs.Ref))
}

// Trace implements qjs.Tracer.
func (c *WritableStreamDefaultController) Trace(visit func(*qjs.Ref)) { visit(c.holder.held) }

// Wrapped holds the stream.
func (c *WritableStreamDefaultController) Wrapped() { c.holder.made() }

// Finalize implements qjs.Finalizer.
func (c *WritableStreamDefaultController) Finalize() { c.holder.gone() }

func init() {
	i := WritableStreamDefaultControllerInterface
	i.Attributes = []webidl.Attribute{
		{Name: "signal", Get: webidl.Getter(func(_ *qjs.Realm, c *WritableStreamDefaultController) (qjs.Value, error) {
			return webidl.ValueOf(c.abortSignal), nil
		})},
	}
	i.Operations = []webidl.Operation{
		{Name: "error", Func: webidl.Method(func(call *qjs.Call, c *WritableStreamDefaultController) (qjs.Value, error) {
			if c.stream.state == writable {
				c.fail(call.Arg(0))
			}
			return qjs.Undefined(), nil
		})},
	}
}

func (c *WritableStreamDefaultController) desiredSize() float64 {
	return c.strategy.highWaterMark - c.queue.total
}

// start calls the underlying sink's start; what it throws is the constructor's.
//
// https://streams.spec.whatwg.org/#set-up-writable-stream-default-controller
func (c *WritableStreamDefaultController) start(start *webidl.Callback, this qjs.Value) error {
	result := qjs.Undefined()
	if start != nil {
		var err error
		if result, err = start.Call(this, webidl.ValueOf(c)); err != nil {
			return err
		}
	}
	c.startAfter(webidl.ResolvedPromise(c.stream.realm, result))
	return nil
}

func (c *WritableStreamDefaultController) startAfter(started qjs.Value) {
	webidl.React(c.stream.realm, started, func(qjs.Value) {
		c.started = true
		c.advance()
	}, func(reason qjs.Value) {
		c.started = true
		c.stream.dealWithRejection(reason)
	})
}

// abortSteps are [[AbortSteps]].
func (c *WritableStreamDefaultController) abortSteps(reason qjs.Value) qjs.Value {
	if c.sink == nil {
		return resolved(c.stream.realm)
	}
	promise := c.sink.abort(reason)
	c.clear()
	return promise
}

func (c *WritableStreamDefaultController) clear() {
	if c.sink != nil {
		c.sink.trace((*qjs.Ref).Free)
	}
	c.strategy.size.Free()
	c.sink, c.strategy.size = nil, nil
}

// fail errors the stream.
//
// https://streams.spec.whatwg.org/#writable-stream-default-controller-error
func (c *WritableStreamDefaultController) fail(reason qjs.Value) {
	c.clear()
	c.stream.startErroring(reason)
}

func (c *WritableStreamDefaultController) failIfNeeded(reason qjs.Value) {
	if c.stream.state == writable {
		c.fail(reason)
	}
}

// measure returns the size of a chunk; if that fails, the stream fails.
//
// https://streams.spec.whatwg.org/#writable-stream-default-controller-get-chunk-size
func (c *WritableStreamDefaultController) measure(v qjs.Value) float64 {
	size, err := c.strategy.measure(c.stream.realm, v)
	if err != nil {
		c.failIfNeeded(webidl.ErrorValue(c.stream.realm, err))
		return 1
	}
	return size
}

// write queues a chunk.
//
// https://streams.spec.whatwg.org/#writable-stream-default-controller-write
func (c *WritableStreamDefaultController) write(v qjs.Value, size float64) {
	c.queue.push(c.stream.realm, v, size)
	if s := c.stream; !s.closeQueuedOrInFlight() && s.state == writable {
		s.updateBackpressure(c.desiredSize() <= 0)
	}
	c.advance()
}

// advance gives the next chunk to the sink, or closes it.
//
// https://streams.spec.whatwg.org/#writable-stream-default-controller-advance-queue-if-needed
func (c *WritableStreamDefaultController) advance() {
	s := c.stream
	switch {
	case !c.started || s.writing != nil || s.dead:
	case s.state == erroring:
		s.finishErroring()
	case s.state != writable:
	case len(c.queue.chunks) > 0:
		c.processWrite()
	case c.closing:
		c.processClose()
	}
}

// https://streams.spec.whatwg.org/#writable-stream-default-controller-process-write
func (c *WritableStreamDefaultController) processWrite() {
	s := c.stream
	s.writing, s.requests = s.requests[0], s.requests[1:]
	webidl.React(s.realm, c.sink.write(c.queue.first()), func(qjs.Value) {
		s.writing.resolve(qjs.Undefined())
		s.writing = nil
		if len(c.queue.chunks) > 0 {
			c.queue.pop()
		}
		if !s.closeQueuedOrInFlight() && s.state == writable {
			s.updateBackpressure(c.desiredSize() <= 0)
		}
		c.advance()
	}, func(reason qjs.Value) {
		if s.state == writable {
			c.clear()
		}
		s.writing.reject(reason)
		s.writing = nil
		s.dealWithRejection(reason)
	})
}

// https://streams.spec.whatwg.org/#writable-stream-default-controller-process-close
func (c *WritableStreamDefaultController) processClose() {
	s := c.stream
	s.closing, s.closeRequest = s.closeRequest, nil
	c.closing = false
	promise := c.sink.close()
	c.clear()
	webidl.React(s.realm, promise, func(qjs.Value) { s.finishClose() }, func(reason qjs.Value) {
		s.closing.reject(reason)
		s.closing = nil
		if s.abort != nil {
			s.takeAbort().promise.reject(reason)
		}
		s.dealWithRejection(reason)
	})
}

// finishClose says that the sink is closed.
//
// https://streams.spec.whatwg.org/#writable-stream-finish-in-flight-close
func (s *WritableStream) finishClose() {
	s.closing.resolve(qjs.Undefined())
	s.closing = nil
	if s.state == erroring {
		s.failure.Free()
		s.failure = nil
		if s.abort != nil {
			s.takeAbort().promise.resolve(qjs.Undefined())
		}
	}
	s.state = closed
	if s.writer != nil {
		s.writer.closed.fulfil()
	}
}
