package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// chunkSize is how many bytes a chunk of a stream of the host has.
const chunkSize = 64 << 10

// NewByteStream makes a stream of bytes that are there already.
//
// DEVIATION: it is no byte stream of the standard: it has no readers that bring their own buffers.
func NewByteStream(realm *qjs.Realm, data []byte) *ReadableStream {
	return NewReadableStream(realm, func(c *ReadableStreamDefaultController) {
		n := min(len(data), chunkSize)
		if n > 0 {
			v, err := realm.NewUint8Array(data[:n])
			if err != nil {
				c.fail(webidl.ErrorValue(realm, err))
				return
			}
			data = data[n:]
			_ = c.Enqueue(v) // chunks are counted, not measured
		}
		if len(data) == 0 {
			c.Close()
		}
	}, func() { data = nil })
}

// Exhaust marks the stream as read to its end: its content was taken another way.
func (s *ReadableStream) Exhaust() {
	s.disturbed = true
	if s.state == readable {
		s.controller.queue.reset()
		s.controller.clear()
		s.close()
	}
}

// ReadAll reads a stream of Uint8Arrays to its end, at most limit bytes. The stream must
// not be locked.
//
// https://fetch.spec.whatwg.org/#body-fully-read
func (s *ReadableStream) ReadAll(limit int, done func(data []byte), failed func(reason qjs.Value)) {
	reader := &ReadableStreamDefaultReader{}
	if err := reader.setUp(s); err != nil {
		failed(webidl.ErrorValue(s.realm, err))
		return
	}
	held := newRoot(s.realm, webidl.ValueOf(s))
	var data []byte
	fail := func(reason qjs.Value) {
		held.Free()
		failed(reason)
	}
	var next func()
	next = func() {
		reader.read(readRequest{
			chunk: func(v qjs.Value) {
				bytes, ok := v.ViewBytes(s.realm)
				if v.Class() != qjs.ClassUint8Array || !ok || len(data)+len(bytes) > limit {
					reason := typeError(s.realm, "a chunk of the body is no Uint8Array, or the body is too long")
					webidl.React(s.realm, s.cancel(reason), nil, nil)
					fail(reason)
					return
				}
				data = append(data, bytes...)
				s.realm.Runtime().EnqueueJob(s.realm, next) // not deeper and deeper
			},
			closed: func() {
				held.Free()
				done(data)
			},
			failed: fail,
		})
	}
	next()
}
