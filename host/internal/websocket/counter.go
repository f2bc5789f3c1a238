package websocket

import "sync"

// counter adds up what was sent until a task takes it.
type counter struct {
	mu sync.Mutex
	n  int // guarded by mu
}

// add adds n and reports whether a task is needed: none is on its way.
func (c *counter) add(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.n == 0
	c.n += n
	return first && n > 0
}

// take returns the sum and begins anew.
func (c *counter) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = 0
	return n
}
