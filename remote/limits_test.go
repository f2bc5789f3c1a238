package remote_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

var quotaExceededError = &clone.DOMException{Name: "QuotaExceededError"}

// One request too many fails alone: those that wait are answered when somebody comes, and there
// is room again.
func TestTooManyRequests(t *testing.T) {
	h := newTestHub(t, true)
	near, far := h.pair(t, "before")
	answers := make(chan error, protocol.MaxPending)
	for range protocol.MaxPending {
		go func() {
			port, err := h.first.ConnectTo(t.Context(), "late")
			if err == nil {
				err = port.PostMessage("hello")
			}
			answers <- err
		}()
	}
	h.await(t, h.first, protocol.MaxPending)
	for range 2 {
		if _, err := h.first.ConnectTo(t.Context(), "late"); !errors.Is(err, quotaExceededError) {
			t.Fatalf("one more: %v", err)
		}
	}
	must(t, near.PostMessage("lives"))
	expect(t, far, "lives")
	listener := h.listen(t, h.second, "late")
	for range protocol.MaxPending {
		expect(t, accept(t, listener).Port, "hello")
		must(t, <-answers)
	}
	port, err := h.first.ConnectTo(t.Context(), "late")
	must(t, err)
	must(t, port.PostMessage("room again"))
	expect(t, accept(t, listener).Port, "room again")
}

// One channel name too many fails alone, also for those who ask for it at the same time.
func TestTooManyChannels(t *testing.T) {
	h := newTestHub(t, true)
	var channels []*remote.BroadcastChannel
	for i := range protocol.MaxChannels {
		channels = append(channels, channelOf(t, h.first, fmt.Sprint(i)))
	}
	failed := make(chan error, 3)
	for range cap(failed) {
		go func() {
			_, err := h.first.BroadcastChannel(t.Context(), "one more")
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; !errors.Is(err, quotaExceededError) {
			t.Errorf("one more: %v", err)
		}
	}
	channelOf(t, h.first, "7") // a name that the client has already
	other := channelOf(t, h.second, "7")
	must(t, other.PostMessage("lives"))
	event, err := channels[7].Receive(t.Context())
	must(t, err)
	if event.Data() != "lives" {
		t.Errorf("got %v", event.Data())
	}
	channels[0].Close()
	again := channelOf(t, h.first, "one more")
	must(t, channelOf(t, h.second, "one more").PostMessage("room again"))
	event, err = again.Receive(t.Context())
	must(t, err)
	if event.Data() != "room again" {
		t.Errorf("got %v", event.Data())
	}
}

// One listener too many fails alone.
func TestTooManyListeners(t *testing.T) {
	h := newTestHub(t, true)
	var listeners []*remote.Listener
	for i := range protocol.MaxListeners {
		listeners = append(listeners, h.listen(t, h.second, fmt.Sprint(i)))
	}
	if _, err := h.second.Listen(t.Context(), "one more"); !errors.Is(err, quotaExceededError) {
		t.Errorf("one more: %v", err)
	}
	port, err := h.first.ConnectTo(t.Context(), "7")
	must(t, err)
	must(t, port.PostMessage("lives"))
	expect(t, accept(t, listeners[7]).Port, "lives")
	listeners[0].Close()
	h.listen(t, h.second, "one more")
}

// One port too many goes without its channel, whose other end is lost; everything else lives.
func TestTooManyPorts(t *testing.T) {
	h := newTestHub(t, true)
	near, far := h.pair(t, "carrier")
	var mine, theirs []*entangle.MessagePort
	// post posts so many ports, and tells how many of them still have their other end.
	post := func(n int) int {
		before := h.first.Ports()
		var transfer []entangle.Transferable
		for range n {
			channel := entangle.NewMessageChannel()
			must(t, channel.Port1.PostMessage("in the queue"))
			mine, transfer = append(mine, channel.Port1), append(transfer, channel.Port2)
		}
		must(t, near.PostMessage(nil, transfer...))
		for _, port := range receive(t, far).Ports {
			expect(t, port, "in the queue")
			theirs = append(theirs, port)
		}
		for h.first.Behind() > 0 { // until then the ports that are gone count too
			runtime.Gosched()
		}
		return h.first.Ports() - before
	}
	for n := protocol.MaxPortsPerMessage; n > 0; {
		if post(n) < n {
			n /= 2
		}
	}
	if n := h.first.Ports(); n != protocol.MaxPorts-1 {
		t.Errorf("the limit came after %d ports", n)
	}
	expectReason(t, ended(t, mine[len(mine)-1]), entangle.ReasonLimit, "at most 16384 ports")
	expectEnd(t, theirs[len(mine)-1], entangle.ErrLost)
	if _, err := h.first.ConnectTo(t.Context(), "nobody"); !errors.Is(err, quotaExceededError) {
		t.Errorf("ConnectTo: %v", err)
	}
	must(t, near.PostMessage("lives"))
	expect(t, far, "lives")
	must(t, mine[0].PostMessage("lives too"))
	expect(t, theirs[0], "lives too")
	for _, port := range mine {
		port.Close()
	}
	for h.first.Ports() > 1 || h.first.Lingering() {
		runtime.Gosched()
	}
	post(1)
	must(t, mine[len(mine)-1].PostMessage("room again"))
	expect(t, theirs[len(theirs)-1], "room again")
}
