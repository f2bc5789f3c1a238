package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// ReadableStreamDefaultController is the interface ReadableStreamDefaultController.
//
// https://streams.spec.whatwg.org/#rs-default-controller-class
type ReadableStreamDefaultController struct {
	webidl.Platform
	holder         holder
	stream         *ReadableStream
	queue          queue
	strategy       strategy
	source         *source // nil once nothing more will be asked of it
	closeRequested bool
	pullAgain      bool
	pulling        bool
	started        bool
}

// Trace implements qjs.Tracer.
func (c *ReadableStreamDefaultController) Trace(visit func(*qjs.Ref)) { visit(c.holder.held) }

// Wrapped holds the stream.
func (c *ReadableStreamDefaultController) Wrapped() { c.holder.made() }

// Finalize implements qjs.Finalizer.
func (c *ReadableStreamDefaultController) Finalize() { c.holder.gone() }

func (s *ReadableStream) newController(how strategy) *ReadableStreamDefaultController {
	c := &ReadableStreamDefaultController{stream: s, strategy: how}
	c.holder = holder{realm: s.realm, of: func() (stream, bool) { return s, s.wrapped }}
	webidl.Init(c, s.realm, ReadableStreamDefaultControllerInterface)
	s.controller = c
	return c
}

func init() {
	ReadableStreamDefaultControllerInterface.Attributes = []webidl.Attribute{
		{Name: "desiredSize", Get: webidl.Getter(func(_ *qjs.Realm, c *ReadableStreamDefaultController) (qjs.Value, error) {
			switch c.stream.state {
			case errored:
				return qjs.Null(), nil
			case closed:
				return qjs.Int(0), nil
			}
			return qjs.Number(c.desiredSize()), nil
		})},
	}
	ReadableStreamDefaultControllerInterface.Operations = []webidl.Operation{
		{Name: "close", Func: webidl.Method(func(_ *qjs.Call, c *ReadableStreamDefaultController) (qjs.Value, error) {
			if !c.canCloseOrEnqueue() {
				return qjs.Value{}, webidl.TypeError("the stream cannot be closed")
			}
			c.Close()
			return qjs.Undefined(), nil
		})},
		{Name: "enqueue", Func: webidl.Method(func(call *qjs.Call, c *ReadableStreamDefaultController) (qjs.Value, error) {
			if !c.canCloseOrEnqueue() {
				return qjs.Value{}, webidl.TypeError("nothing can be enqueued any more")
			}
			return qjs.Undefined(), c.Enqueue(call.Arg(0))
		})},
		{Name: "error", Func: webidl.Method(func(call *qjs.Call, c *ReadableStreamDefaultController) (qjs.Value, error) {
			c.fail(call.Arg(0))
			return qjs.Undefined(), nil
		})},
	}
}

func (c *ReadableStreamDefaultController) desiredSize() float64 {
	return c.strategy.highWaterMark - c.queue.total
}

func (c *ReadableStreamDefaultController) canCloseOrEnqueue() bool {
	return !c.closeRequested && c.stream.state == readable
}

// start calls the underlying source's start; what it throws is the constructor's.
//
// https://streams.spec.whatwg.org/#set-up-readable-stream-default-controller
func (c *ReadableStreamDefaultController) start(start *webidl.Callback, this qjs.Value) error {
	realm := c.stream.realm
	result := qjs.Undefined()
	if start != nil {
		var err error
		if result, err = start.Call(this, webidl.ValueOf(c)); err != nil {
			return err
		}
	}
	c.startAfter(webidl.ResolvedPromise(realm, result))
	return nil
}

func (c *ReadableStreamDefaultController) startAfter(started qjs.Value) {
	webidl.React(c.stream.realm, started, func(qjs.Value) {
		c.started = true
		c.pullIfNeeded()
	}, c.fail)
}

// Enqueue adds a chunk.
//
// https://streams.spec.whatwg.org/#readable-stream-default-controller-enqueue
func (c *ReadableStreamDefaultController) Enqueue(v qjs.Value) error {
	if !c.canCloseOrEnqueue() {
		return nil
	}
	if r := c.stream.reader; r != nil && len(r.requests) > 0 {
		request := r.requests[0]
		r.requests = r.requests[1:]
		request.chunk(v)
	} else {
		size, err := c.strategy.measure(c.stream.realm, v)
		if err != nil {
			c.fail(webidl.ErrorValue(c.stream.realm, err))
			return err
		}
		c.queue.push(c.stream.realm, v, size)
	}
	c.pullIfNeeded()
	return nil
}

// Close closes the stream when everything in the queue was read.
//
// https://streams.spec.whatwg.org/#readable-stream-default-controller-close
func (c *ReadableStreamDefaultController) Close() {
	if !c.canCloseOrEnqueue() {
		return
	}
	c.closeRequested = true
	if len(c.queue.chunks) == 0 {
		c.clear()
		c.stream.close()
	}
}

// fail errors the stream.
//
// https://streams.spec.whatwg.org/#readable-stream-default-controller-error
func (c *ReadableStreamDefaultController) fail(reason qjs.Value) {
	if c.stream.state != readable {
		return
	}
	c.queue.reset()
	c.clear()
	c.stream.error(reason)
}

// clear forgets the underlying source.
//
// https://streams.spec.whatwg.org/#readable-stream-default-controller-clear-algorithms
func (c *ReadableStreamDefaultController) clear() {
	if c.source != nil {
		c.source.trace((*qjs.Ref).Free)
	}
	c.strategy.size.Free()
	c.source, c.strategy.size = nil, nil
}

// pullIfNeeded asks for a chunk, if one is wanted.
//
// https://streams.spec.whatwg.org/#readable-stream-default-controller-call-pull-if-needed
func (c *ReadableStreamDefaultController) pullIfNeeded() {
	if !c.shouldPull() {
		return
	}
	if c.pulling {
		c.pullAgain = true
		return
	}
	c.pulling = true
	webidl.React(c.stream.realm, c.source.pull(), func(qjs.Value) {
		c.pulling = false
		if c.pullAgain {
			c.pullAgain = false
			c.pullIfNeeded()
		}
	}, c.fail)
}

func (c *ReadableStreamDefaultController) shouldPull() bool {
	if !c.canCloseOrEnqueue() || !c.started || c.source == nil || c.stream.dead {
		return false
	}
	if r := c.stream.reader; r != nil && len(r.requests) > 0 {
		return true
	}
	return c.desiredSize() > 0
}

// cancelSteps are [[CancelSteps]].
//
// https://streams.spec.whatwg.org/#rs-default-controller-private-cancel
func (c *ReadableStreamDefaultController) cancelSteps(reason qjs.Value) qjs.Value {
	c.queue.reset()
	if c.source == nil {
		return resolved(c.stream.realm)
	}
	result := c.source.cancel(reason)
	c.clear()
	return result
}

// pullSteps are [[PullSteps]].
//
// https://streams.spec.whatwg.org/#rs-default-controller-private-pull
func (c *ReadableStreamDefaultController) pullSteps(r readRequest) {
	if len(c.queue.chunks) == 0 {
		c.stream.reader.requests = append(c.stream.reader.requests, r)
		c.pullIfNeeded()
		return
	}
	v := c.queue.pop()
	if c.closeRequested && len(c.queue.chunks) == 0 {
		c.clear()
		c.stream.close()
	} else {
		c.pullIfNeeded()
	}
	r.chunk(v)
}
