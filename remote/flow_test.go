package remote_test

import (
	"errors"
	"testing"

	"github.com/entangle-go/entangle"
)

// More than may wait at the other side waits here until that is dispatched, and arrives in order;
// other ports go on meanwhile.
func TestMoreThanAWindow(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "full")
		other, there := h.pair(t, "other")
		const count = 5000
		for i := range count {
			must(t, near.PostMessage([]any{i, make([]byte, 1000)}))
		}
		must(t, other.PostMessage("meanwhile"))
		expect(t, there, "meanwhile")
		for i := range count {
			event := receive(t, far)
			if got := event.Data().([]any)[0]; got != float64(i) {
				t.Fatalf("message %d is %v", i, got)
			}
		}
	})
}

// A port on which 64 MiB wait for the other side is closed by one message more, with its reason.
// What was posted before arrives, and nobody else is concerned.
func TestTooMuchWaits(t *testing.T) {
	h := newTestHub(t, true)
	near, far := h.pair(t, "full")
	other, there := h.pair(t, "other")
	body := make([]byte, 1<<20-100)
	const fit = 65 // and those that are taken before
	for range fit + 5 {
		must(t, near.PostMessage(body))
	}
	_, err := near.Receive(t.Context())
	var why entangle.CloseError
	if !errors.As(err, &why) || why.Reason != entangle.ReasonLimit {
		t.Errorf("got %v", err)
	}
	must(t, other.PostMessage("goes on"))
	expect(t, there, "goes on")
	n := 0
	for range far.Messages(t.Context()) {
		n++
	}
	if n < fit || n >= fit+5 || far.Err() != entangle.ErrClosed {
		t.Errorf("%d messages arrive, then %v", n, far.Err())
	}
}

// What goes through a relay counts as dispatched when the other side has taken it: more than may
// wait goes through, and what waits, waits at its sender.
func TestRelayedFlow(t *testing.T) {
	eachHub(t, func(t *testing.T, one *testHub) {
		two := newTestHub(t, one.overPipe)
		middle, first := one.pair(t, "relay")
		onward, last := two.pair(t, "relay")
		must(t, onward.PostMessage(nil, middle))
		port := receive(t, last).Ports[0]
		const count = 5000
		for i := range count {
			must(t, first.PostMessage(i))
		}
		for i := range count {
			expect(t, port, float64(i))
		}
		for i := range count {
			must(t, port.PostMessage(i))
		}
		for i := range count {
			expect(t, first, float64(i))
		}
	})
}
