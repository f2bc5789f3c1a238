package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
)

// ConnectTo connects the Go program, which is of [Options.Origin], to a window of that origin by
// its name. It waits until there is one, which gets a connect event; ctx bounds the call, and is
// not looked at afterwards. The program pulls the port's messages: see
// [entangle.MessagePort.Receive]. The error is a SyntaxError for a name that is none, that of ctx,
// or [entangle.ErrClosed].
//
// https://wiki.whatwg.org/wiki/RemoteDocumentMessaging (2013)
func (h *Host) ConnectTo(ctx context.Context, name string) (*entangle.MessagePort, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if h.ctx.Err() != nil {
		return nil, errHostClosed
	}
	port, err := h.goWindow().AwaitConnectTo(ctx, name)
	if errors.Is(err, entangle.ErrClosed) {
		return nil, errHostClosed
	}
	return port, err
}

// goWindow returns the window of the Go program. It has an event loop that nobody runs, as all its
// ports are pulled.
func (h *Host) goWindow() *entangle.Window {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.program == nil {
		h.program = h.userAgent.NewWindow(entangle.WindowOptions{Origin: h.origin})
	}
	return h.program
}

// backlog is how many connections wait for Accept.
const backlog = 1024

// Listener is a window of the Go program that pages connect to by its name. All methods may be
// called concurrently.
type Listener struct {
	window      *entangle.Window
	connections chan *entangle.MessagePort
	closed      chan struct{}
	once        sync.Once
	cancel      context.CancelFunc
	ended       chan struct{}
}

// Listen makes the Go program a window of [Options.Origin] that others of that origin
// find by window.connectTo(name). Close it. The error is a SyntaxError for a name that is
// none, or [entangle.ErrClosed].
func (h *Host) Listen(name string) (*Listener, error) {
	if h.ctx.Err() != nil {
		return nil, errHostClosed
	}
	if name == "" || strings.HasPrefix(name, "_") { // which ConnectTo refuses
		return nil, &clone.DOMException{Name: "SyntaxError", Message: fmt.Sprintf("%q is not the name of a window", name)}
	}
	agent := h.userAgent.NewAgent()
	l := &Listener{connections: make(chan *entangle.MessagePort, backlog), closed: make(chan struct{}), ended: make(chan struct{})}
	l.window = h.userAgent.NewWindow(entangle.WindowOptions{Origin: h.origin, Agent: agent})
	l.window.OnConnect(l.connect)
	ctx, cancel := context.WithCancel(h.ctx)
	l.cancel = cancel
	go func() {
		defer close(l.ended)
		_ = agent.Run(ctx) // until the listener or the host is closed
		l.end()
	}()
	l.window.SetName(name) // last: whoever waits already finds a listener
	return l, nil
}

// connect takes a port; beyond the backlog it is closed.
func (l *Listener) connect(e *entangle.MessageEvent) {
	port, err := e.Ports[0].Release()
	if err != nil {
		return
	}
	select {
	case l.connections <- port:
	default:
		port.Close()
	}
}

// Accept returns the port of the next connection. The error is that of ctx, or
// [entangle.ErrClosed] after Close.
func (l *Listener) Accept(ctx context.Context) (*entangle.MessagePort, error) {
	select {
	case port := <-l.connections:
		return port, nil
	case <-l.closed:
		return nil, errListenerClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close ends the listener: nobody finds it any more, and connections that nobody accepted are
// closed. Accepted ports stay.
func (l *Listener) Close() error {
	l.cancel()
	<-l.ended
	return nil
}

func (l *Listener) end() {
	l.once.Do(func() {
		l.window.Destroy()
		close(l.closed)
		for {
			select {
			case port := <-l.connections:
				port.Close()
			default:
				return
			}
		}
	})
}
