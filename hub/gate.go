package hub

import (
	"runtime"
	"sync"
)

// busyWork is the work that a user's sessions may cause between two ticks before the user is busy.
// A unit is a frame, a packet, or a read of a socket.
const busyWork = 100_000

// gate lets the sessions of busy users compute in all processors but one, in turns: one goes
// through, then one of the next user. So a flood leaves a processor to those who have little to do,
// whose sockets the scheduler looks at when it has nothing better to do.
//
// Whoever has little to do does not come by here.
type gate struct {
	mu    sync.Mutex // guards the fields below, and account.queue
	free  int
	users []*account // of those that wait, the next one first

	passes sync.Pool // of channels to wait for
}

func newGate() *gate { return &gate{free: max(1, runtime.GOMAXPROCS(0)-1)} }

// enter waits until a session of the user may compute, which it may until leave.
func (g *gate) enter(a *account) {
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return
	}
	pass, ok := g.passes.Get().(chan struct{})
	if !ok {
		pass = make(chan struct{}, 1)
	}
	if len(a.queue) == 0 {
		g.users = append(g.users, a)
	}
	a.queue = append(a.queue, pass)
	g.mu.Unlock()
	<-pass
	g.passes.Put(pass)
}

// leave lets the next session in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.users) == 0 {
		g.free++
		return
	}
	a := g.users[0]
	a.queue[0] <- struct{}{}
	g.users, a.queue = shift(g.users), shift(a.queue)
	if len(a.queue) > 0 {
		g.users = append(g.users, a)
	}
}

// shift returns the list without its first item, in the same memory.
func shift[T any](list []T) []T {
	n := copy(list, list[1:])
	clear(list[n:])
	return list[:n]
}
