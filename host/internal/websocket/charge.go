package websocket

import (
	"sync/atomic"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// charge is what of the runtime's memory a connection takes in one direction. Any
// goroutine may use it.
type charge struct {
	runtime *qjs.Runtime
	bytes   atomic.Int64
}

// add counts n bytes more, if there is room.
func (c *charge) add(n int) bool {
	if !c.runtime.Charge(n) {
		return false
	}
	c.bytes.Add(int64(n))
	return true
}

func (c *charge) sub(n int) {
	c.bytes.Add(-int64(n))
	c.runtime.Refund(n)
}

// drain gives everything back: nobody will.
func (c *charge) drain() { c.runtime.Refund(int(c.bytes.Swap(0))) }
