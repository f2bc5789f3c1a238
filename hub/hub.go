package hub

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"github.com/entangle-go/entangle/protocol"
)

// Identity is who a client is to the hub.
type Identity = protocol.Identity

// Limits in time.
const (
	helloTimeout = 15 * time.Second // from the handshake to HELLO
	pingAfter    = 25 * time.Second // of silence
	pongTimeout  = 10 * time.Second // after a ping
	writeTimeout = 10 * time.Second // for one write to a socket
	closeTimeout = time.Second      // for the client to answer the close frame
	forgetAfter  = 10 * time.Minute // how long the session of a lost client answers for its ports
	tick         = time.Second      // how often all of these are looked at
)

// readBuffer is the size of the buffer that each WebSocket has for reading. What does not fit is
// read without it.
const readBuffer = 2 << 10

// maxWaiting is how much may wait to go out to one session, in bytes.
const maxWaiting = 4 << 20

// Options configure a [Hub]. The zero value serves pages and programs on loopback as
// the user "dev".
type Options struct {
	// Origins are the origins whose pages may connect, as browsers write them: "https://app.example".
	// Pages of the literal loopback addresses with the port that they connect to, or one of Ports, may
	// always. "null" lets pages of opaque origins in, "*" all others. The hub answers for the hosts in
	// this list (with "*" for any), so the hub's own origin stands in it too.
	Origins []string

	// Ports are further ports on which the same process serves pages on loopback, whose
	// pages may connect.
	Ports []int

	// Authenticate tells who makes a request, or why nobody may. A page's origin is always that of its
	// handshake, and it is never a service. nil: everybody is the user "dev", a program may state any
	// origin and be a service of it; then the hub serves nobody but on loopback.
	Authenticate func(*http.Request) (Identity, error)

	// MaxSessions limits how many sessions there are at a time. 0: 100,000.
	MaxSessions int

	// Logger is told of sessions that are closed for what they did. nil: slog.Default.
	Logger *slog.Logger
}

// Hub joins endpoints. Its methods may be called concurrently.
type Hub struct {
	options  Options
	key      []byte
	log      *slog.Logger
	upgrader *gws.Upgrader
	bus      *bus
	counts   counts
	work     sync.WaitGroup // read loops, and sessions that are not finished
	ticker   sync.WaitGroup
	stop     chan struct{}
	clock    atomic.Int64 // nanoseconds, as of the last tick

	directoryMu sync.Mutex // guards directory
	directory   *protocol.Directory

	mu       sync.RWMutex // guards the fields below
	sessions map[protocol.SessionID]*session
	last     protocol.SessionID
	closed   bool
}

// New makes a hub. Its error says which of the options makes no sense.
func New(o Options) (*Hub, error) {
	for _, origin := range o.Origins {
		if err := checkOrigin(origin); err != nil {
			return nil, err
		}
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = 100_000
	}
	h := &Hub{options: o, key: make([]byte, 32), log: o.Logger, bus: newBus(), directory: protocol.NewDirectory(),
		sessions: map[protocol.SessionID]*session{}, stop: make(chan struct{})}
	if h.log == nil {
		h.log = slog.Default()
	}
	rand.Read(h.key)
	h.clock.Store(time.Now().UnixNano())
	h.upgrader = gws.NewUpgrader(socketEvents{}, &gws.ServerOption{
		ReadMaxPayloadSize:  protocol.MaxFrame,
		WriteMaxPayloadSize: maxWaiting + protocol.MaxFrame,
		ReadBufferSize:      readBuffer,
		HandshakeTimeout:    helloTimeout,
		Logger:              silent{},
	})
	h.ticker.Go(h.keepTime)
	return h, nil
}

// checkOrigin wants an origin as a browser writes it.
func checkOrigin(origin string) error {
	if origin == "*" || origin == "null" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+strings.ToLower(u.Host) != origin {
		return fmt.Errorf("hub: %q is no origin: it looks like https://app.example, without a path", origin)
	}
	return nil
}

// silent is a logger for gws, whose errors end the connection, which is all there is to know.
type silent struct{}

func (silent) Error(...any) {}

// mayOpen tells why there may be no more sessions.
func (h *Hub) mayOpen() error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.full()
}

// full is called with the lock held.
func (h *Hub) full() error {
	switch {
	case h.closed:
		return errShutdown
	case len(h.sessions) >= h.options.MaxSessions:
		return errTooMany
	}
	return nil
}

// newSession makes a session over a link, or nil if there may be no more.
func (h *Hub) newSession(who Identity, l link) (*session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.full(); err != nil {
		return nil, err
	}
	h.last++
	s := &session{hub: h, id: h.last, link: l, opened: h.clock.Load(), machine: protocol.NewSession(h.last, h.key, who)}
	s.ready.L = &s.mu
	s.heard.Store(s.opened)
	h.sessions[s.id] = s
	h.work.Add(1) // until it is finished
	h.counts.opened.Add(1)
	return s, nil
}

// finish ends the books of a session that answers for nothing any more.
func (h *Hub) finish(s *session) {
	h.mu.Lock()
	delete(h.sessions, s.id)
	h.mu.Unlock()
	h.work.Done()
}

func (h *Hub) session(id protocol.SessionID) *session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.sessions[id]
}

func (h *Hub) all() []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*session, 0, len(h.sessions))
	for _, s := range h.sessions {
		all = append(all, s)
	}
	return all
}

// ask gives the directory a session's question, and its answers to those whom they concern.
func (h *Hub) ask(from *session, ev *protocol.DirectoryEvent) {
	h.directoryMu.Lock()
	effects := h.directory.Step(*ev, nil)
	broadcast := len(effects) == 1 && effects[0].Kind == protocol.DirectoryDelivered
	if !broadcast { // answers keep the order of the directory
		for i := range effects {
			if s := h.session(effects[i].Session); s != nil {
				s.put(item{kind: itemEvent, event: protocol.SessionEvent{Kind: protocol.SessionAnswer, Answer: &effects[i]}})
			}
		}
	}
	h.directoryMu.Unlock()
	if broadcast {
		h.broadcast(from, &effects[0])
	}
}

// broadcast makes the frame once for all receivers.
func (h *Hub) broadcast(from *session, f *protocol.DirectoryEffect) {
	frame := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Broadcast, Name: f.Name, Body: f.Body})
	h.counts.broadcasts.Add(1)
	for _, id := range f.Sessions {
		if id == f.Session {
			continue
		}
		if s := h.session(id); s != nil {
			h.counts.deliveries.Add(1)
			s.putFrom(from, item{kind: itemBytes, bytes: frame, cost: len(frame)})
		}
	}
}

// keepTime looks after everything that is limited in time.
func (h *Hub) keepTime() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-h.stop:
			return
		case now := <-ticker.C:
			h.clock.Store(now.UnixNano())
			for _, s := range h.all() {
				s.tick(now.UnixNano())
			}
		}
	}
}

// Close ends all sessions, tells the clients that the hub is shutting down, and returns when
// everything that the hub started has ended.
func (h *Hub) Close() error {
	h.mu.Lock()
	closed := h.closed
	h.closed = true
	h.mu.Unlock()
	if !closed {
		close(h.stop)
		for _, s := range h.all() {
			s.link.hurry()
			s.put(item{kind: itemShutdown})
		}
	}
	h.ticker.Wait()
	h.work.Wait()
	return nil
}
