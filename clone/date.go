package clone

import (
	"math"
	"math/big"
	"time"
)

// Date is a Date. Time is its time value in milliseconds since 1970-01-01 UTC, NaN for
// an invalid date.
type Date struct {
	Time float64
}

// maxTime is the largest time value: 100,000,000 days.
const maxTime = 8.64e15

// NewDate returns the date of t, without the fraction of its millisecond; an invalid date if t is
// more than 100,000,000 days away from 1970.
func NewDate(t time.Time) *Date { return &Date{timeClip(float64(t.UnixMilli()))} }

// GoTime returns the date as a time in UTC; false if it is invalid.
func (d *Date) GoTime() (time.Time, bool) {
	t := timeClip(d.Time)
	if math.IsNaN(t) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(t)).UTC(), true
}

// timeClip returns a time value: integral, within range, not -0, or NaN.
//
// https://tc39.es/ecma262/#sec-timeclip
func timeClip(t float64) float64 {
	if math.IsNaN(t) || math.Abs(t) > maxTime {
		return math.NaN()
	}
	return math.Trunc(t) + 0
}

// RegExp is a RegExp. Its lastIndex is not cloned.
type RegExp struct {
	Source string
	Flags  string
}

// BooleanObject is an object made by new Boolean(Value).
type BooleanObject struct{ Value bool }

// NumberObject is an object made by new Number(Value).
type NumberObject struct{ Value float64 }

// StringObject is an object made by new String(Value).
type StringObject struct{ Value string }

// BigIntObject is an object made by Object(Value) of a BigInt. A nil Value is 0n.
type BigIntObject struct{ Value *big.Int }
