package streams

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// pipe moves chunks from one stream to another.
//
// https://streams.spec.whatwg.org/#readable-stream-pipe-to
type pipe struct {
	realm        *qjs.Realm
	source       *ReadableStream
	destination  *WritableStream
	reader       *ReadableStreamDefaultReader
	writer       *WritableStreamDefaultWriter
	options      pipeOptions
	done         *deferred
	shuttingDown bool
	write        *root // the promise of the last write
	held         []*root
	unlisten     func()
}

// pipeOptions are StreamPipeOptions.
type pipeOptions struct {
	preventClose, preventAbort, preventCancel bool
	signal                                    *event.AbortSignal
}

func toPipeOptions(realm *qjs.Realm, v qjs.Value) (o pipeOptions, err error) {
	d, err := webidl.ToDictionary(realm, v, "StreamPipeOptions")
	if err != nil {
		return o, err
	}
	o.preventAbort = webidl.Member(d, "preventAbort", webidl.Boolean, false)
	o.preventCancel = webidl.Member(d, "preventCancel", webidl.Boolean, false)
	o.preventClose = webidl.Member(d, "preventClose", webidl.Boolean, false)
	o.signal = webidl.Member(d, "signal", webidl.To[*event.AbortSignal]("AbortSignal"), nil)
	return o, d.Err()
}

// pipeTo is the method pipeTo.
//
// https://streams.spec.whatwg.org/#rs-pipe-to
func pipeTo(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
	destination, err := webidl.To[*WritableStream]("WritableStream")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	options, err := toPipeOptions(c.Realm, c.Arg(1))
	if err != nil {
		return qjs.Value{}, err
	}
	if s.Locked() || destination.writer != nil {
		return qjs.Value{}, webidl.TypeError("a stream is locked")
	}
	return s.pipeTo(destination, options), nil
}

// pipeThrough is the method pipeThrough.
//
// https://streams.spec.whatwg.org/#rs-pipe-through
func pipeThrough(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
	d, err := webidl.ToDictionary(c.Realm, c.Arg(0), "ReadableWritablePair")
	if err != nil {
		return qjs.Value{}, err
	}
	result := webidl.Required(d, "readable", webidl.To[*ReadableStream]("ReadableStream"))
	destination := webidl.Required(d, "writable", webidl.To[*WritableStream]("WritableStream"))
	if err := d.Err(); err != nil {
		return qjs.Value{}, err
	}
	options, err := toPipeOptions(c.Realm, c.Arg(1))
	if err != nil {
		return qjs.Value{}, err
	}
	if s.Locked() || destination.writer != nil {
		return qjs.Value{}, webidl.TypeError("a stream is locked")
	}
	webidl.React(c.Realm, s.pipeTo(destination, options), nil, nil) // handled
	return webidl.ValueOf(result), nil
}

func (s *ReadableStream) pipeTo(destination *WritableStream, options pipeOptions) qjs.Value {
	p := &pipe{
		realm: s.realm, source: s, destination: destination, options: options, done: newDeferred(s.realm), unlisten: func() {},
		reader: &ReadableStreamDefaultReader{}, writer: &WritableStreamDefaultWriter{}, write: newRoot(s.realm, resolved(s.realm)),
		held: []*root{newRoot(s.realm, webidl.ValueOf(s)), newRoot(s.realm, webidl.ValueOf(destination))},
	}
	_, _ = p.reader.setUp(s), p.writer.setUp(destination) // neither is locked
	s.disturbed = true
	if p.signalled() {
		return p.done.object
	}
	// Errors and ends of either stream shut the pipe down, whatever is under way.
	webidl.React(p.realm, p.reader.closed.value(p.realm), func(qjs.Value) { p.sourceClosed() }, p.sourceFailed)
	webidl.React(p.realm, p.writer.closed.value(p.realm), func(qjs.Value) { p.destinationClosed() }, p.destinationFailed)
	if destination.closeQueuedOrInFlight() || destination.state == closed {
		p.destinationClosed()
	}
	p.next()
	return p.done.object
}

// next moves a chunk when the destination wants one.
func (p *pipe) next() {
	if p.shuttingDown {
		return
	}
	webidl.React(p.realm, p.writer.ready.value(p.realm), func(qjs.Value) {
		if p.shuttingDown {
			return
		}
		p.reader.read(readRequest{
			chunk: func(v qjs.Value) {
				write := p.writer.write(v)
				webidl.React(p.realm, write, nil, nil) // handled
				p.write.Free()
				p.write = newRoot(p.realm, write)
				p.next()
			},
			closed: func() {}, failed: func(qjs.Value) {}, // the reader's promise tells
		})
	}, nil)
}

// signalled listens to the signal, and reports whether it was aborted already.
func (p *pipe) signalled() bool {
	signal := p.options.signal
	if signal == nil {
		return false
	}
	p.held = append(p.held, newRoot(p.realm, webidl.ValueOf(signal)))
	abort := func() {
		reason := signal.Reason()
		p.shutdown(func() qjs.Value { return p.abortBoth(signal.Reason()) }, &reason)
	}
	if signal.Aborted() {
		abort()
		return true
	}
	p.unlisten = signal.Add(abort)
	return false
}

// abortBoth aborts the destination and cancels the source, unless that was not wanted; it returns a
// promise for both.
func (p *pipe) abortBoth(reason qjs.Value) qjs.Value {
	first, second := resolved(p.realm), resolved(p.realm)
	if !p.options.preventAbort && p.destination.state == writable {
		first = p.destination.doAbort(reason)
	}
	if !p.options.preventCancel && p.source.state == readable {
		second = p.source.cancel(reason)
	}
	d, ref := newDeferred(p.realm), newRoot(p.realm, second)
	webidl.React(p.realm, second, nil, nil) // handled: it is looked at later
	webidl.React(p.realm, first, func(qjs.Value) {
		d.resolve(ref.Value())
		ref.Free()
	}, func(reason qjs.Value) {
		ref.Free()
		d.reject(reason)
	})
	return d.object
}

func (p *pipe) sourceFailed(reason qjs.Value) {
	if p.options.preventAbort {
		p.shutdown(nil, &reason)
		return
	}
	p.shutdown(func() qjs.Value { return p.destination.doAbort(p.source.failure.Value()) }, &reason)
}

func (p *pipe) destinationFailed(reason qjs.Value) {
	if p.options.preventCancel {
		p.shutdown(nil, &reason)
		return
	}
	p.shutdown(func() qjs.Value { return p.source.cancel(p.destination.failure.Value()) }, &reason)
}

func (p *pipe) sourceClosed() {
	if p.options.preventClose {
		p.shutdown(nil, nil)
		return
	}
	p.shutdown(func() qjs.Value {
		switch s := p.destination; {
		case s.closeQueuedOrInFlight(), s.state == closed:
			return resolved(p.realm)
		case s.state == errored:
			return rejectedValue(p.realm, s.failure.Value())
		default:
			promise, err := s.close()
			if err != nil {
				return webidl.RejectedPromise(p.realm, err)
			}
			return promise
		}
	}, nil)
}

func (p *pipe) destinationClosed() {
	reason := typeError(p.realm, "the destination is closed")
	if p.options.preventCancel {
		p.shutdown(nil, &reason)
		return
	}
	p.shutdown(func() qjs.Value { return p.source.cancel(typeError(p.realm, "the destination is closed")) }, &reason)
}

// shutdown ends the pipe, after what was read is written and the action, if there is one.
//
// https://streams.spec.whatwg.org/#rs-pipeTo-shutdown-with-action
func (p *pipe) shutdown(action func() qjs.Value, reason *qjs.Value) {
	if p.shuttingDown {
		return
	}
	p.shuttingDown = true
	var failure *root
	if reason != nil {
		failure = newRoot(p.realm, *reason)
	}
	perform := func(qjs.Value) {
		if action == nil {
			p.finish(failure)
			return
		}
		webidl.React(p.realm, action(), func(qjs.Value) { p.finish(failure) }, func(newer qjs.Value) {
			failure.Free()
			p.finish(newRoot(p.realm, newer))
		})
	}
	if p.destination.state == writable && !p.destination.closeQueuedOrInFlight() {
		webidl.React(p.realm, p.write.Value(), perform, perform)
		return
	}
	perform(qjs.Undefined())
}

// finish unlocks the streams and settles the promise.
func (p *pipe) finish(failure *root) {
	p.writer.release()
	p.reader.release()
	p.unlisten()
	if failure != nil {
		p.done.reject(failure.Value())
		failure.Free()
	} else {
		p.done.resolve(qjs.Undefined())
	}
	p.write.Free()
	for _, ref := range p.held {
		ref.Free()
	}
}
