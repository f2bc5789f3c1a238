package host

import (
	"sync"

	"github.com/entangle-go/entangle"
)

// Message is what became of a message between windows, ports, workers and broadcast channels: it
// was dispatched, or it was discarded.
type Message struct {
	From, To  string // the URLs of pages and workers; "" is the Go program, or unknown
	Type      string // of the event: "message", "messageerror", "connect" or "close"
	Size      int    // about how many bytes it has
	Ports     int    // how many ports are in it
	Discarded string // why it was discarded; "" if it was dispatched
}

// addresses are the URLs of the globals, for traces.
type addresses struct {
	mu   sync.Mutex // guards urls; no other lock is taken with it
	urls map[*entangle.Global]string
}

func (a *addresses) set(g *entangle.Global, url string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.urls == nil {
		a.urls = map[*entangle.Global]string{}
	}
	a.urls[g] = url
}

func (a *addresses) remove(g *entangle.Global) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.urls, g)
}

func (a *addresses) get(g *entangle.Global) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.urls[g]
}

// of returns the URLs of an agent's globals.
func (a *addresses) of(agent *entangle.Agent) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var urls []string
	for g, url := range a.urls {
		if g.Agent() == agent {
			urls = append(urls, url)
		}
	}
	return urls
}

// trace is told of each message by the user agent.
func (h *Host) trace(t entangle.Trace) {
	h.options.Message(Message{
		From: h.addresses.get(t.From), To: h.addresses.get(t.To), Type: t.Type, Size: t.Size, Ports: t.Ports, Discarded: t.Discarded,
	})
}
