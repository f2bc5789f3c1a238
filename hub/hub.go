package hub

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// Identity is who a client is to the hub: what [Options.Authenticate] returns and [Hub.Pipe] takes.
// Clients of one user and origin find each other by name, and share broadcast channels.
type Identity struct {
	User     string   // at most 1,024 bytes; "" is a user, too
	Origin   string   // "": the client may state one (a program's), else it has to be this one or none
	Opaque   bool     // the origin is the same as no other: Origin is "null"
	Service  bool     // may listen as a service of its origin, if it asks for that
	Services []string // the names that a service may listen on; nil: any
}

// Limits in time. Those of a session's life stand in package protocol.
const (
	messageTimeout = 30 * time.Second // from the beginning of a WebSocket message to its end
	pingAfter      = 25 * time.Second // of silence
	pongTimeout    = 10 * time.Second // after a ping
	writeTimeout   = 10 * time.Second // for one write to a socket
	closeTimeout   = time.Second      // for the client to answer the close frame, and for a session to end
	tick           = time.Second      // how often all of these are looked at
)

// Options configure a [Hub]. The zero value serves pages and programs on loopback as the user
// "dev".
type Options struct {
	// Origins are the origins whose pages may connect, as browsers write them: "https://app.example".
	// Pages of the literal loopback addresses with the port that they connect to, or one of Ports, may
	// always. "null" lets pages of opaque origins in, "*" all others. The hub answers for the hosts in
	// this list (with "*" for any), so the hub's own origin stands in it too.
	Origins []string

	// Ports are further ports on which the same process serves pages on loopback, whose pages may
	// connect.
	Ports []int

	// Authenticate tells who makes a request, or why nobody may. A page's origin is always that of its
	// handshake, and it is never a service; if Authenticate names another origin the page is refused.
	// nil: everybody is the user "dev", a program may state any origin and be a service of it; then
	// the hub serves nobody but on loopback.
	Authenticate func(*http.Request) (Identity, error)

	// Secrets are what the hub's keys are made of, the present one first, each of at least 32 bytes
	// that nobody can guess. A hub that has the secret of one that was here before takes its clients
	// back, with their ports; former secrets let clients come back that have tickets of before a
	// change. nil: one that no other process has.
	Secrets [][]byte

	// Absence is how long a client may be without a connection before its ports are
	// lost. 0: 2 minutes.
	Absence time.Duration

	// MaxSessions limits how many clients are connected at a time. 0: 100,000.
	MaxSessions int

	// Logger is told of requests that are refused, and of sessions that are closed for what they did:
	// at most 10 lines a second in the long run. nil: slog.Default.
	Logger *slog.Logger
}

// Hub joins endpoints. Its methods may be called concurrently.
type Hub struct {
	options  Options
	settings *protocol.Settings
	log      *logger
	upgrader websocket.Upgrader
	bus      *bus
	gate     *gate
	counts   counts
	began    time.Time
	clock    atomic.Int64   // as of the last tick, a protocol.Time
	work     sync.WaitGroup // read loops, and sessions that are not finished
	ticker   sync.WaitGroup
	stop     chan struct{}

	directoryMu sync.Mutex // guards directory and answers
	directory   *protocol.Directory
	answers     protocol.SessionOut

	mu       sync.RWMutex // guards the fields below
	sessions map[*session]struct{}
	live     int // sessions whose clients are there
	accounts map[string]*account
	closed   bool
}

var (
	errShutdown = errors.New("the hub is shutting down")
	errTooMany  = errors.New("too many sessions")
	errUser     = fmt.Errorf("a user's name beyond %d bytes", protocol.MaxOrigin)
)

// New makes a hub. Its error says which of the options makes no sense.
func New(o Options) (*Hub, error) {
	for _, origin := range o.Origins {
		if origin != "*" && origin != "null" && !tupleOrigin(origin) {
			return nil, fmt.Errorf("hub: %q is no origin: it looks like https://app.example, without a path", origin)
		}
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = 100_000
	}
	if o.Secrets == nil {
		o.Secrets = [][]byte{make([]byte, protocol.MinSecret)}
		rand.Read(o.Secrets[0])
	}
	keys, err := protocol.NewKeys(o.Secrets...)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	if o.Absence < 0 {
		return nil, fmt.Errorf("hub: an absence of %v", o.Absence)
	}
	h := &Hub{options: o, settings: &protocol.Settings{Keys: keys, Absence: protocol.Time(o.Absence)}, log: newLogger(o.Logger),
		bus: newBus(), gate: newGate(), began: time.Now(), directory: protocol.NewDirectory(),
		sessions: map[*session]struct{}{}, accounts: map[string]*account{}, stop: make(chan struct{})}
	h.clock.Store(int64(h.now()))
	h.upgrader = websocket.Upgrader{
		HandshakeTimeout: closeTimeout,
		ReadBufferSize:   readBuffer,
		WriteBufferSize:  writeBuffer,
		WriteBufferPool:  &writeBuffers,
		CheckOrigin:      func(*http.Request) bool { return true }, // admit has
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			h.refuse(w, r, &refusal{status, reason.Error()})
		},
	}
	h.ticker.Go(h.keepTime)
	return h, nil
}

// now is the time that state machines are told: since 1970, for tickets outlive the hub. It never
// goes back, whatever becomes of the machine's clock.
func (h *Hub) now() protocol.Time {
	return protocol.Time(h.began.UnixNano()) + protocol.Time(time.Since(h.began))
}

// lately is now as of the last tick, for what need not be exact.
func (h *Hub) lately() protocol.Time { return protocol.Time(h.clock.Load()) }

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
	case h.live >= h.options.MaxSessions:
		return errTooMany
	}
	return nil
}

// newSession makes a session over a link, unless there may be no more.
func (h *Hub) newSession(who Identity, l link) (*session, error) {
	if len(who.User) > protocol.MaxOrigin {
		return nil, errUser
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.full(); err != nil {
		return nil, err
	}
	a := h.accounts[who.User]
	if a == nil {
		a = newAccount()
		h.accounts[who.User] = a
	}
	a.sessions++
	s := newSession(h, who, l, a)
	l.serves(s) // before anybody else knows of it
	h.sessions[s] = struct{}{}
	h.live++
	h.work.Add(1) // until it is finished
	h.counts.opened.Add(1)
	return s, nil
}

// left notes that a session has no client any more.
func (h *Hub) left() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live--
}

// finish ends the books of a session that answers for nothing any more.
func (h *Hub) finish(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s)
	s.account.leave(s)
	if s.account.sessions--; s.account.sessions == 0 {
		delete(h.accounts, s.user)
	}
	h.work.Done()
}

func (h *Hub) all() []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := make([]*session, 0, len(h.sessions))
	for s := range h.sessions {
		all = append(all, s)
	}
	return all
}

// ask gives the directory a session's question. The answers keep the order of the directory;
// whoever they are for, the memory that they take while they wait is the asker's.
func (h *Hub) ask(from *session, ev *protocol.DirectoryEvent) {
	h.directoryMu.Lock()
	defer h.directoryMu.Unlock()
	h.directory.Step(*ev, &h.answers)
	if len(h.answers.Effects) == 0 {
		return
	}
	p := newPublication(&from.debtor, nil)
	for i := range h.answers.Effects {
		p.addPacket(h.answers.Effects[i].Packet, nil)
	}
	h.bus.publish(p)
}

// keepTime looks after everything that is limited in time.
func (h *Hub) keepTime() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-ticker.C:
			h.pass(h.now())
		}
	}
}

// pass lets time pass.
func (h *Hub) pass(now protocol.Time) {
	h.clock.Store(int64(now))
	for _, s := range h.all() {
		s.pass(now)
	}
	h.mu.RLock()
	accounts := make([]*account, 0, len(h.accounts))
	for _, a := range h.accounts {
		accounts = append(accounts, a)
	}
	h.mu.RUnlock()
	for _, a := range accounts {
		a.pass(now)
	}
}

// Close ends all sessions, tells the clients that the hub is shutting down, and returns when
// everything that the hub started has ended. A client that does not read keeps it waiting for a
// second or two.
func (h *Hub) Close() error {
	h.mu.Lock()
	closed := h.closed
	h.closed = true
	h.mu.Unlock()
	if !closed {
		close(h.stop)
		for _, s := range h.all() {
			s.signal(signalShutdown)
		}
		impatient := time.AfterFunc(closeTimeout, func() {
			for _, s := range h.all() {
				s.link.abort()
			}
		})
		defer impatient.Stop()
	}
	h.ticker.Wait()
	h.work.Wait()
	return nil
}
