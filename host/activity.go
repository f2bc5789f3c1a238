package host

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// activity counts what is under way in a host: event loops that are not quiet, fetches, open
// sockets. While it is 0 nothing can happen by itself. Whatever starts something counts it before
// it ends itself.
type activity struct {
	mu   sync.Mutex // guards the fields below
	n    int
	idle chan struct{} // closed when n becomes 0; nil while nobody waits
}

func (a *activity) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
}

func (a *activity) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n--; a.n == 0 && a.idle != nil {
		close(a.idle)
		a.idle = nil
	}
}

// pending counts something until done is called; more calls of it do nothing. done may be called on
// any goroutine.
func (a *activity) pending() (done func()) {
	a.begin()
	var once sync.Once
	return func() { once.Do(a.end) }
}

// wait waits until nothing is under way.
func (a *activity) wait(ctx context.Context) error {
	a.mu.Lock()
	if a.n == 0 {
		a.mu.Unlock()
		return nil
	}
	if a.idle == nil {
		a.idle = make(chan struct{})
	}
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Running returns the URLs of the pages and workers that Wait waits for, sorted: their event loops
// have something to do, or timers. What they load, and sockets, are not among them.
func (h *Host) Running() []string {
	h.mu.Lock()
	agents := slices.Collect(maps.Keys(h.agents))
	h.mu.Unlock()
	var urls []string
	for _, a := range agents {
		if !a.quiet.Load() {
			urls = append(urls, h.addresses.of(a.entangle)...)
		}
	}
	slices.Sort(urls)
	return slices.Compact(urls)
}
