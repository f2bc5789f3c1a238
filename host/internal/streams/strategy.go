package streams

import (
	"math"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// strategy says when a queue is full.
//
// https://streams.spec.whatwg.org/#qs-api
type strategy struct {
	highWaterMark float64
	size          *webidl.Callback // nil: every chunk counts 1
}

// toStrategy converts a QueuingStrategy.
//
// https://streams.spec.whatwg.org/#validate-and-normalize-high-water-mark
func toStrategy(realm *qjs.Realm, v qjs.Value, highWaterMark float64) (strategy, error) {
	d, err := webidl.ToDictionary(realm, v, "QueuingStrategy")
	if err != nil {
		return strategy{}, err
	}
	s := strategy{highWaterMark: webidl.Member(d, "highWaterMark", webidl.UnrestrictedDouble, highWaterMark)}
	s.size = webidl.Member(d, "size", webidl.CallbackFunction, nil)
	if err := d.Err(); err != nil {
		return strategy{}, err
	}
	if math.IsNaN(s.highWaterMark) || s.highWaterMark < 0 {
		return strategy{}, webidl.RangeError("%v is no high water mark", s.highWaterMark)
	}
	return s, nil
}

// measure returns the size of a chunk.
//
// https://streams.spec.whatwg.org/#make-size-algorithm-from-size-function
func (s *strategy) measure(realm *qjs.Realm, chunk qjs.Value) (float64, error) {
	if s.size == nil {
		return 1, nil
	}
	v, err := s.size.Call(qjs.Undefined(), chunk)
	if err != nil {
		return 0, err
	}
	size, err := webidl.UnrestrictedDouble(realm, v)
	if err == nil && (math.IsNaN(size) || size < 0 || math.IsInf(size, 1)) {
		err = webidl.RangeError("%v is not the size of a chunk", size)
	}
	return size, err
}

// queue is a queue with sizes.
//
// https://streams.spec.whatwg.org/#queue-with-sizes
type queue struct {
	chunks []chunk
	total  float64
}

type chunk struct {
	value *qjs.Ref
	size  float64
}

func (q *queue) push(realm *qjs.Realm, v qjs.Value, size float64) {
	q.chunks = append(q.chunks, chunk{realm.Runtime().NewRef(v), size})
	q.total += size
}

// first returns the value at the head.
func (q *queue) first() qjs.Value { return q.chunks[0].value.Value() }

// pop removes the value at the head and returns it.
func (q *queue) pop() qjs.Value {
	v := q.first()
	q.chunks[0].value.Free()
	q.total = max(0, q.total-q.chunks[0].size)
	q.chunks = q.chunks[1:]
	return v
}

func (q *queue) reset() {
	for _, c := range q.chunks {
		c.value.Free()
	}
	q.chunks, q.total = nil, 0
}

func (q *queue) trace(visit func(*qjs.Ref)) {
	for _, c := range q.chunks {
		visit(c.value)
	}
}

// QueuingStrategy is a ByteLengthQueuingStrategy or a CountQueuingStrategy.
type QueuingStrategy struct {
	webidl.Platform
	highWaterMark float64
	count         bool
}

func strategyInterface(name string, count bool, size qjs.Func, length int) *webidl.Interface {
	static := qjs.NewStatic("size", length, size)
	this := func(c *qjs.Call) (*QueuingStrategy, error) {
		q, err := webidl.This[*QueuingStrategy](c)
		if err == nil && q.count != count {
			err = webidl.TypeError("Illegal invocation")
		}
		return q, err
	}
	return &webidl.Interface{
		Name: name, Exposed: webidl.Everywhere, ConstructorLength: 1,
		Constructor: func(c *qjs.Call) (any, error) {
			d, err := webidl.ToDictionary(c.Realm, c.Arg(0), "QueuingStrategyInit")
			if err != nil {
				return nil, err
			}
			mark := webidl.Required(d, "highWaterMark", webidl.UnrestrictedDouble)
			return &QueuingStrategy{highWaterMark: mark, count: count}, d.Err()
		},
		Attributes: []webidl.Attribute{
			{Name: "highWaterMark", Get: func(c *qjs.Call) (qjs.Value, error) {
				q, err := this(c)
				if err != nil {
					return qjs.Value{}, err
				}
				return qjs.Number(q.highWaterMark), nil
			}},
			// DEVIATION: each read makes a function anew.
			{Name: "size", Get: func(c *qjs.Call) (qjs.Value, error) {
				if _, err := this(c); err != nil {
					return qjs.Value{}, err
				}
				return c.Realm.NewStatic(static), nil
			}},
		},
	}
}

// ByteLengthQueuingStrategyInterface is the interface ByteLengthQueuingStrategy.
//
// https://streams.spec.whatwg.org/#blqs-class
var ByteLengthQueuingStrategyInterface = strategyInterface("ByteLengthQueuingStrategy", false, func(c *qjs.Call) (qjs.Value, error) {
	return c.Arg(0).Get(c.Realm, "byteLength")
}, 1)

// CountQueuingStrategyInterface is the interface CountQueuingStrategy.
//
// https://streams.spec.whatwg.org/#cqs-class
var CountQueuingStrategyInterface = strategyInterface("CountQueuingStrategy", true, func(*qjs.Call) (qjs.Value, error) {
	return qjs.Int(1), nil
}, 0)
