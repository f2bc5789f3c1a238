package entangle

import (
	"sync"
	"testing"

	"github.com/entangle-go/entangle/clone"
)

// SPEC 101: however many ports were adopted at once, none survives its global.
func TestNoAdoptedPortSurvivesItsGlobal(t *testing.T) {
	ua := NewUserAgent()
	for range 30 {
		g := ua.NewGlobal(GlobalOptions{Agent: ua.NewAgent()})
		var adopting sync.WaitGroup
		adopted := make([][]*MessagePort, 8)
		for i := range adopted {
			adopting.Go(func() {
				for range 64 {
					port, err := g.Adopt(NewMessageChannel().Port1)
					if err != nil {
						t.Error(err)
						return
					}
					adopted[i] = append(adopted[i], port)
				}
			})
		}
		adopting.Wait()
		g.Close()
		for _, ports := range adopted {
			for _, port := range ports {
				if !port.Detached() {
					t.Fatal("an adopted port is open after its global was closed")
				}
			}
		}
	}
}

// SPEC 1.15: the request of a port that was shipped ends when whoever has it closes it.
func TestShippedConnectRequestEnds(t *testing.T) {
	ua := NewUserAgent()
	origin, err := ParseOrigin("https://a.example")
	if err != nil {
		t.Fatal(err)
	}
	caller := ua.NewWindow(WindowOptions{Origin: origin, Name: "caller"})
	port, err := caller.ConnectTo("later")
	if err != nil {
		t.Fatal(err)
	}
	shipment, err := Ship(port, silentPeer{})
	if err != nil {
		t.Fatal(err)
	}
	shipment.Partner.Close(CloseError{Reason: ReasonClosed})
	later := ua.NewWindow(WindowOptions{Origin: origin, Name: "later", Agent: caller.Agent()})
	later.OnConnect(func(*MessageEvent) { t.Error("connected to a port that is closed") })
	for caller.Agent().Step() {
	}
	if n := len(ua.requests[caller.global.storageKey]); n != 0 {
		t.Errorf("%d requests wait", n)
	}
}

// silentPeer takes everything.
type silentPeer struct{}

func (silentPeer) Dispatched(*clone.Record) {}
func (silentPeer) Post(*clone.Record) error { return nil }
func (silentPeer) Close()                   {}

// A caller's mistake is an error, never a panic.
func TestZeroBroadcastChannel(t *testing.T) {
	for _, b := range []*BroadcastChannel{nil, {}, NewBroadcastChannel(nil, "n")} {
		if err := b.PostMessage(1); err == nil {
			t.Error("posted")
		}
		if _, err := b.Receive(t.Context()); err != ErrClosed {
			t.Errorf("Receive: %v", err)
		}
		if err := b.OnMessage(func(*MessageEvent) {}); err != ErrClosed {
			t.Errorf("OnMessage: %v", err)
		}
		for range b.Messages(t.Context()) {
			t.Error("a message")
		}
		b.Close()
	}
}
