package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// iterator is an asynchronous iterator over a stream.
//
// https://streams.spec.whatwg.org/#rs-asynciterator
type iterator struct {
	webidl.Platform
	reader        *ReadableStreamDefaultReader
	preventCancel bool
	finished      bool
	ongoing       *qjs.Ref // the promise of the last call, while it is pending
	held          *qjs.Ref // the reader's wrapper
}

// Trace implements qjs.Tracer.
func (it *iterator) Trace(visit func(*qjs.Ref)) {
	visit(it.ongoing)
	visit(it.held)
}

// iteratorInterface is not exposed; its prototype has the methods of an asynchronous iterator.
var iteratorInterface = &webidl.Interface{Name: "ReadableStream AsyncIterator"}

func init() {
	iteratorInterface.Complete = func(realm *qjs.Realm, prototype qjs.Value) {
		// %AsyncIteratorPrototype% is reached through an asynchronous generator function, whose realm's
		// intrinsics no script can replace.
		f, err := realm.Eval("(async function* () {})", "")
		if err != nil {
			return
		}
		if generator, err := f.Prototype(realm).Get(realm, "prototype"); err == nil && generator.IsObject() {
			_ = prototype.SetPrototype(realm, generator.Prototype(realm))
		}
	}
	iteratorInterface.Operations = []webidl.Operation{
		{Name: "next", Promise: true, Func: webidl.Method(func(c *qjs.Call, it *iterator) (qjs.Value, error) {
			return it.after(c.Realm, it.next), nil
		})},
		{Name: "return", Promise: true, Func: webidl.Method(func(c *qjs.Call, it *iterator) (qjs.Value, error) {
			ref := newRoot(c.Realm, c.Arg(0))
			return it.after(c.Realm, func(realm *qjs.Realm) qjs.Value {
				defer ref.Free()
				return it.end(realm, ref.Value())
			}), nil
		})},
	}
}

// values returns an iterator, which locks the stream.
func values(c *qjs.Call, s *ReadableStream) (qjs.Value, error) {
	d, err := webidl.ToDictionary(c.Realm, c.Arg(0), "ReadableStreamIteratorOptions")
	if err != nil {
		return qjs.Value{}, err
	}
	it := &iterator{preventCancel: webidl.Member(d, "preventCancel", webidl.Boolean, false), reader: &ReadableStreamDefaultReader{}}
	if err := d.Err(); err != nil {
		return qjs.Value{}, err
	}
	if err := it.reader.setUp(s); err != nil {
		return qjs.Value{}, err
	}
	it.held = c.Runtime().NewRef(webidl.Wrap(c.Realm, ReadableStreamDefaultReaderInterface, it.reader))
	return webidl.Wrap(c.Realm, iteratorInterface, it), nil
}

// after runs steps when the promise of the call before is settled: calls wait for each other.
//
// https://webidl.spec.whatwg.org/#js-asynchronous-iterator-prototype-object
func (it *iterator) after(realm *qjs.Realm, steps func(*qjs.Realm) qjs.Value) qjs.Value {
	var promise qjs.Value
	if it.ongoing == nil {
		promise = steps(realm)
	} else {
		d := newDeferred(realm)
		then := func(qjs.Value) { d.resolve(steps(realm)) }
		webidl.React(realm, it.ongoing.Value(), then, then)
		promise = d.object
	}
	it.ongoing.Free()
	ongoing := realm.Runtime().NewRef(promise)
	it.ongoing = ongoing
	settled := func(qjs.Value) {
		if it.ongoing == ongoing {
			it.ongoing = nil
			ongoing.Free()
		}
	}
	webidl.React(realm, promise, settled, settled)
	return promise
}

func (it *iterator) next(realm *qjs.Realm) qjs.Value {
	if it.finished || it.reader.stream == nil {
		return webidl.ResolvedPromise(realm, result(realm, qjs.Undefined(), true))
	}
	d := newDeferred(realm)
	it.reader.read(readRequest{
		chunk: func(v qjs.Value) { d.resolve(result(realm, v, false)) },
		closed: func() {
			it.finished = true
			it.reader.release()
			d.resolve(result(realm, qjs.Undefined(), true))
		},
		failed: func(reason qjs.Value) {
			it.finished = true
			it.reader.release()
			d.reject(reason)
		},
	})
	return d.object
}

// end is the asynchronous iterator return: it cancels the stream, unless that was not wanted.
func (it *iterator) end(realm *qjs.Realm, v qjs.Value) qjs.Value {
	if it.finished || it.reader.stream == nil {
		it.finished = true
		return webidl.ResolvedPromise(realm, result(realm, v, true))
	}
	it.finished = true
	canceled := resolved(realm)
	if !it.preventCancel {
		canceled = it.reader.stream.cancel(v)
	}
	it.reader.release()
	d, ref := newDeferred(realm), newRoot(realm, v)
	webidl.React(realm, canceled, func(qjs.Value) {
		d.resolve(result(realm, ref.Value(), true))
		ref.Free()
	}, func(reason qjs.Value) {
		ref.Free()
		d.reject(reason)
	})
	return d.object
}
