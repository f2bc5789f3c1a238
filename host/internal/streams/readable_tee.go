package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// teeState is a stream on its way to two branches.
//
// https://streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaulttee
type teeState struct {
	realm    *qjs.Realm
	reader   *ReadableStreamDefaultReader
	branches [2]*ReadableStream
	owned    [2]teeOwned
	canceled [2]bool
	reading  bool
	again    bool
	done     *deferred // when both are canceled
}

// teeOwned is what the wrapper of a branch owns, so that each can do without the other.
type teeOwned struct {
	source  *qjs.Ref // the stream that was torn
	promise *qjs.Ref // when both are canceled
	reasons [2]*qjs.Ref
}

func (o *teeOwned) trace(visit func(*qjs.Ref)) {
	visit(o.source)
	visit(o.promise)
	visit(o.reasons[0])
	visit(o.reasons[1])
}

// tee makes two streams of one.
func tee(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
	first, second, err := s.Tee()
	if err != nil {
		return qjs.Value{}, err
	}
	return c.Realm.NewArray(webidl.ValueOf(first), webidl.ValueOf(second)), nil
}

// Tee locks the stream and returns two that have what it has.
func (s *ReadableStream) Tee() (first, second *ReadableStream, err error) {
	t := &teeState{realm: s.realm, reader: &ReadableStreamDefaultReader{}, done: newDeferred(s.realm)}
	if err := t.reader.setUp(s); err != nil {
		return nil, nil, err
	}
	rt := s.realm.Runtime()
	for i := range t.branches {
		t.owned[i] = teeOwned{source: rt.NewRef(webidl.ValueOf(s)), promise: rt.NewRef(t.done.object)}
		branch := &ReadableStream{realm: s.realm, owned: &t.owned[i]}
		webidl.Init(branch, s.realm, ReadableStreamInterface)
		t.branches[i] = branch
		branch.newController(strategy{highWaterMark: 1}).source = &source{
			pull: t.pull, cancel: func(reason qjs.Value) qjs.Value { return t.cancel(i, reason) },
			trace: func(func(*qjs.Ref)) {},
		}
		branch.controller.startAfter(resolved(s.realm))
	}
	webidl.React(s.realm, t.reader.closed.value(s.realm), nil, func(reason qjs.Value) {
		for _, branch := range t.branches {
			branch.controller.fail(reason)
		}
		if !t.canceled[0] || !t.canceled[1] {
			t.done.resolve(qjs.Undefined())
		}
	})
	return t.branches[0], t.branches[1], nil
}

func (t *teeState) pull() qjs.Value {
	if t.reading {
		t.again = true
		return resolved(t.realm)
	}
	t.reading = true
	t.reader.read(readRequest{chunk: t.chunk, closed: t.closed, failed: func(qjs.Value) { t.reading = false }})
	return resolved(t.realm)
}

// chunk gives a chunk to both branches, in a microtask, so that errors come first.
func (t *teeState) chunk(v qjs.Value) {
	ref := t.realm.Runtime().NewRef(v)
	t.realm.Runtime().EnqueueJob(t.realm, func() {
		defer ref.Free()
		t.again = false
		for i, branch := range t.branches {
			if !t.canceled[i] {
				_ = branch.controller.Enqueue(ref.Value()) // a stream of the host measures by one
			}
		}
		t.reading = false
		if t.again {
			t.pull()
		}
	})
}

func (t *teeState) closed() {
	t.reading = false
	for i, branch := range t.branches {
		if !t.canceled[i] {
			branch.controller.Close()
		}
	}
	if !t.canceled[0] || !t.canceled[1] {
		t.done.resolve(qjs.Undefined())
	}
}

// cancel cancels a branch; when both are, the stream is.
func (t *teeState) cancel(branch int, reason qjs.Value) qjs.Value {
	t.canceled[branch] = true
	for i := range t.owned {
		t.owned[i].reasons[branch] = t.realm.Runtime().NewRef(reason)
	}
	own := &t.owned[branch]
	if t.canceled[0] && t.canceled[1] && t.reader.stream != nil {
		t.done.resolve(t.reader.stream.cancel(t.realm.NewArray(own.reasons[0].Value(), own.reasons[1].Value())))
	}
	return own.promise.Value()
}
