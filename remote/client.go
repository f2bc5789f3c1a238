package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

// Options say who the client is to a hub. The zero value is a client that leaves it to the hub.
type Options struct {
	// Origin is the origin that the program states, e.g. "https://contacts.example", or a URL of it.
	// The hub decides whether it may. Default: the origin that the hub gives it.
	Origin string

	// Service makes the program a service of its origin: its listeners are found by callers of every
	// origin and user that name its origin as their target, and by nobody else.
	Service bool

	// Header is sent with the WebSocket handshake, e.g. Authorization. Ignored by Attach.
	Header http.Header

	// Linger is how long Close waits until the other sides have taken what was posted, and the hub
	// what was broadcast. Default: 5 seconds.
	Linger time.Duration

	// OnState is told of each change of State, and why it is Reconnecting or Closed, in a goroutine
	// of its own. While the client is Reconnecting it is called again when there is another reason:
	// first it is the end of the connection, then why there is no other one, a *DialError or an
	// *Error. Calls do not overlap. It may call the client's methods but Close, which waits for it.
	OnState func(State, error)

	// Logger is told what nobody else can be told, and why the client cannot come back to its hub:
	// each reason once. Default: slog.Default().
	Logger *slog.Logger
}

// State is how a client stands to its hub.
type State string

// The states of a client: Dial and Attach return one that is open. A client that is reconnecting
// has all that it had: ports, listeners, channels; what is posted waits. If the hub does not hear
// of it for two minutes its ports are lost, the rest goes on when the hub is back.
const (
	Connecting   State = "connecting"
	Open         State = "open"
	Reconnecting State = "reconnecting"
	Closed       State = "closed"
)

// statedOrigin is the serialization of o.Origin. The error is a SyntaxError.
func (o *Options) statedOrigin() (string, error) {
	if o.Origin == "" {
		return "", nil
	}
	origin, err := entangle.ParseOrigin(o.Origin)
	switch {
	case err != nil:
		return "", err
	case origin.Opaque() || len(origin.String()) > protocol.MaxOrigin:
		return "", syntaxError("%q is no origin that a program can state: it looks like https://app.example", o.Origin)
	}
	return origin.String(), nil
}

// Error is a session's end as the hub, or a violation of the protocol, brought it about.
type Error struct {
	Code int // as in docs/protocol.md; 3000 to 3499: the client comes back by itself
	Text string
}

// final reports whether there is no use in coming back.
func (e *Error) final() bool { return e.Code >= protocol.CodeDenied }

func (e *Error) Error() string {
	return fmt.Sprintf("the hub ended the session: %s (%d)", e.Text, e.Code)
}

// Client is a connection to a hub, which is made again when it is lost. It is safe for
// concurrent use.
type Client struct {
	options Options
	pace    pace
	dial    dialer // makes another connection; nil: the client ends with its first one
	log     *slog.Logger
	linger  time.Duration
	outbox  outbox
	gone    chan struct{} // closed when the client has ended and every port has been told
	done    chan struct{} // closed when the goroutines have ended, too
	ready   chan struct{} // closed at the first WELCOME; origin and user are not changed afterwards
	changed chan struct{} // holds a token if there are changes
	dialing context.Context
	giveUp  context.CancelFunc // ends dialing

	epoch       time.Time   // when the endpoint's time began
	timer       *time.Timer // the endpoint's deadline
	lingerTimer *time.Timer // Close has waited long enough

	// mu is locked before the lock of any end, and before that of the outbox; never while another
	// client's is held.
	mu        sync.Mutex // guards the fields below
	socket    socket     // nil: there is none
	state     State
	reason    string          // for it
	warned    map[string]bool // the reasons for being away that were logged
	changes   []change        // that the application was not told of
	attempts  int             // to come back, since there was a connection that lasted
	welcomeAt protocol.Time
	endpoint  *protocol.Endpoint
	now       protocol.Time // as of when the lock was taken
	alarm     protocol.Time // when timer fires
	decoder   protocol.Decoder
	out       protocol.Out       // of the last step
	stepping  bool               // its effects are being carried out
	taking    protocol.EventKind // of the last step
	refusal   string             // why the message of the last step could not go
	follow    []protocol.Event   // what follows from them, for the next steps
	unborn    *networkPort       // whose channel is being made
	ports     map[protocol.Handle]*networkPort
	listeners map[uint64]*Listener
	minted    uint64    // listeners so far
	commands  []command // taken from the outbox; those that were carried out are blank
	channels  map[string]*channel
	batches   [][]byte // frames that wait for the writer
	relays    []func() // to be called when mu is not held
	known     bool     // WELCOME came over this socket
	origin    string
	user      string
	closing   bool                // the application closed the client
	shut      bool                // the socket's end has been asked for
	gaveUp    bool                // Close has waited long enough
	doubtful  bool                // Close cannot say that all that was posted has been taken
	broke     bool                // a write failed: nothing more goes to this socket
	verdict   *Error              // what the hub said over this socket
	failure   *Error              // what it said, or did
	stuck     error               // what a write ended with that the hub did not take
	away      error               // why there is no connection; nil: there is one
	cause     error               // why the client ended, if the application did not close it
	ending    entangle.CloseError // the same, for ports
	err       error               // why the client ended
}

// dialer makes a socket.
type dialer func(ctx context.Context) (socket, error)

func newClient(s socket, d dialer, o Options, p pace) *Client {
	c := &Client{
		options:   o,
		pace:      p,
		dial:      d,
		socket:    s,
		state:     Connecting,
		log:       o.Logger,
		linger:    o.Linger,
		outbox:    outbox{wake: make(chan struct{}, 1)},
		gone:      make(chan struct{}),
		done:      make(chan struct{}),
		ready:     make(chan struct{}),
		changed:   make(chan struct{}, 1),
		endpoint:  protocol.NewEndpoint(),
		alarm:     protocol.Never,
		ports:     map[protocol.Handle]*networkPort{},
		listeners: map[uint64]*Listener{},
		channels:  map[string]*channel{},
		warned:    map[string]bool{},

		epoch:       time.Now(),
		timer:       stoppedTimer(),
		lingerTimer: stoppedTimer(),
	}
	c.dialing, c.giveUp = context.WithCancel(context.Background())
	if c.log == nil {
		c.log = slog.Default()
	}
	if c.linger == 0 {
		c.linger = 5 * time.Second
	}
	return c
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// Origin returns the client's serialized origin as the hub knows it: its part of the partition
// within which connectTo and BroadcastChannel work.
func (c *Client) Origin() string { return c.origin }

// User returns whom the hub takes the client's user for.
func (c *Client) User() string { return c.user }

// State returns how the client stands to its hub.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// enterState changes the state, or the reason for it. The client's lock is held.
func (c *Client) enterState(s State, reason error) {
	why := reasonOf(reason)
	if c.state == s && c.reason == why {
		return
	}
	c.state, c.reason = s, why
	if c.options.OnState == nil {
		return
	}
	if n := len(c.changes); n > 0 && c.changes[n-1].state == s {
		c.changes = c.changes[:n-1] // a former reason, which is no news any more
	}
	c.changes = append(c.changes, change{s, reason})
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// change is one of the client's state.
type change struct {
	state  State
	reason error
}

// tellStates tells the application of the client's states, until it has ended.
func (c *Client) tellStates() {
	for {
		c.mu.Lock()
		changes := c.changes
		c.changes = nil
		c.mu.Unlock()
		for _, change := range changes {
			c.options.OnState(change.state, change.reason)
			if change.state == Closed {
				return
			}
		}
		<-c.changed
	}
}

// Done is closed when the client has ended: after Close, or when the hub does not want it. Every
// port has got its close by then.
func (c *Client) Done() <-chan struct{} { return c.gone }

// Err returns why the client ended: an [entangle.CloseError], which is shutdown after Close, and an
// *Error too if the hub gave a reason. nil before.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close closes all ports of the client, in order: the other sides get what was posted, then close.
// It returns when they have confirmed it and broadcasts are out, or Options.Linger later with an
// error, and when everything that the client started has ended. Listeners and broadcast channels
// are closed too. A second call waits for the first.
func (c *Client) Close() error {
	c.outbox.put(command{kind: goodbye})
	stuck := time.NewTimer(c.linger + 2*shutTimeout)
	defer stuck.Stop()
	select {
	case <-c.done:
	case <-stuck.C: // the writer is, as the hub does not read
		c.mu.Lock()
		c.gaveUp = true
		c.abort()
		c.mu.Unlock()
		c.giveUp()
		<-c.done
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cause != nil:
		return c.err
	case c.gaveUp || c.doubtful:
		return errUnconfirmed
	}
	return nil
}

// abort ends the socket. The client's lock is held.
func (c *Client) abort() {
	if c.socket != nil {
		c.socket.abort()
	}
}

var errUnconfirmed = errors.New("remote: closed before the other sides had taken everything that was posted")
