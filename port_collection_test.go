package entangle

import (
	"slices"
	"testing"
)

func TestPortCollection(t *testing.T) {
	var c PortCollection
	a, b, x := NewMessageChannel().Port1, NewMessageChannel().Port1, NewMessageChannel().Port1
	for _, p := range []*MessagePort{a, b, a, x} {
		c.Add(p)
	}
	check := func(want ...*MessagePort) {
		t.Helper()
		if got := slices.Collect(c.All()); !slices.Equal(got, want) {
			t.Errorf("%d ports, want %d", len(got), len(want))
		}
	}
	check(a, b, x)
	c.Remove(b)
	c.Remove(b)
	check(a, x)
	b.Close()
	a.Close() // stays
	c.Add(b)
	check(a, x, b)
	seen := 0
	for p := range c.All() { // goes on over what it began with
		c.Remove(p)
		c.Add(NewMessageChannel().Port1)
		seen++
	}
	if seen != 3 {
		t.Error(seen)
	}
	c.Clear()
	check()
}

// It must not tell whether the garbage was collected: what is in it stays, and stays open.
func TestPortCollectionHoldsItsPorts(t *testing.T) {
	var c PortCollection
	peer := func() *MessagePort {
		channel := NewMessageChannel()
		c.Add(channel.Port1)
		return channel.Port2
	}()
	result := waiting(t, peer)
	for range 5 {
		collect(t, func() bool { return true })
	}
	for p := range c.All() {
		must(t, p.PostMessage("still there"))
	}
	must(t, <-result)
}
