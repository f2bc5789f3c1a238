package hub

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Users take turns at the gate, whoever has more sessions; one user's sessions come in order.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{free: 2}
		ann, bob := newAccount(), newAccount()
		g.enter(ann)
		g.enter(ann)
		var order []string
		passed := func(a *account, name string) {
			go func() {
				g.enter(a)
				order = append(order, name)
			}()
			synctest.Wait()
		}
		for i := range 3 {
			passed(ann, fmt.Sprint("ann", i))
		}
		passed(bob, "bob0")
		passed(bob, "bob1")
		if order != nil {
			t.Errorf("%v passed a gate that is full", order)
		}
		for range 5 {
			g.leave()
			synctest.Wait()
		}
		if want := []string{"ann0", "bob0", "ann1", "bob1", "ann2"}; !slices.Equal(order, want) {
			t.Errorf("the order was %v, want %v", order, want)
		}
		g.leave()
		g.leave()
		if g.free != 2 || len(g.users) != 0 {
			t.Errorf("in the end %d are free, %d wait", g.free, len(g.users))
		}
	})
}

// A user is busy as soon as there was much work since the last tick, and until there was little
// between two.
func TestBusy(t *testing.T) {
	a := newAccount()
	if a.worked(busyWork) {
		t.Error("busy at the limit")
	}
	if !a.worked(1) {
		t.Error("not busy beyond the limit")
	}
	a.pass(1)
	if !a.worked(1) {
		t.Error("not busy after a tick with much work")
	}
	a.pass(2)
	if a.worked(1) {
		t.Error("busy after a tick with little work")
	}
}

// Whoever is busy waits at the gate, and nobody else. Nobody is in it who waits for the network.
func TestBusyUsersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		h.gate.free = 1
		busy, other := greeted(t, h, "busy"), greeted(t, h, "other")
		conn, r := rawSocket(t, h) // the user dev
		write(t, conn, 2, hello())
		frame(t, r)
		dev := h.accounts["dev"]
		h.gate.enter(newAccount())
		busy.session.account.work.Store(busyWork + 1)
		dev.work.Store(busyWork + 1)
		done := make(chan string, 3)
		go func() {
			busy.Write(hello())
			busy.Read()
			done <- "busy"
		}()
		go func() {
			other.Write(hello()) // a second one: it is ended
			other.Read()
			done <- "other"
		}()
		go func() {
			write(t, conn, 9, nil)
			frame(t, r)
			done <- "dev"
		}()
		synctest.Wait()
		if len(done) != 1 || <-done != "other" {
			t.Error("not only the one who is not busy came through")
		}
		h.gate.leave()
		synctest.Wait()
		if len(done) != 2 {
			t.Errorf("%d of the busy ones came through", len(done))
		}
		<-time.After(time.Millisecond) // virtual
		h.gate.mu.Lock()
		defer h.gate.mu.Unlock()
		if h.gate.free != 1 {
			t.Error("somebody is in the gate who waits for the network")
		}
	})
}
