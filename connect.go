package entangle

import (
	"context"
	"slices"
	"strings"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

// connectRequest is a call of connectTo that nobody answered yet.
type connectRequest struct {
	caller *Window
	name   string
	inside *MessagePort // the responder's port, in transit

	settled chan struct{} // closed when it was answered or has ended; nil: nobody waits for that. UserAgent.mu guards it
}

// ConnectTo connects to another window of the same storage key by its name. As the method that
// scripts call, it never waits: it returns a port of the window at once, and what is posted to the
// port waits for the other side. The other window gets a connect event with its port: the oldest
// window that has the name, is at least interactive and fully active. While there is none the
// request waits for one, oldest request first; absence is no error. Closing the port ends the
// wait. The error is a SyntaxError for the names "" and those that begin with "_".
//
// https://wiki.whatwg.org/wiki/RemoteDocumentMessaging (2013)
func (w *Window) ConnectTo(name string) (*MessagePort, error) {
	return w.connectTo(name, nil)
}

// AwaitConnectTo does what [Window.ConnectTo] does and waits until another window has answered.
// ctx bounds that wait only. The port belongs to no event loop: see [MessagePort.Receive]. The
// error is a SyntaxError for the name, that of ctx, or [ErrClosed] if the window is destroyed. An
// event loop must not call it, for it could not serve its other windows meanwhile.
func (w *Window) AwaitConnectTo(ctx context.Context, name string) (*MessagePort, error) {
	settled := make(chan struct{})
	port, err := w.connectTo(name, settled)
	if err != nil {
		return nil, err
	}
	select {
	case <-settled:
		return port.Release()
	case <-ctx.Done():
		port.Close()
		return nil, ctx.Err()
	}
}

func (w *Window) connectTo(name string, settled chan struct{}) (*MessagePort, error) {
	if name == "" || strings.HasPrefix(name, "_") {
		return nil, syntaxError("%q is not the name of a window", name)
	}
	// 1. The initiator's port, in the caller's global; it is returned at once.
	c := newChannel()
	outside := c.newPort(0)
	request := &connectRequest{caller: w, name: name, inside: c.newPort(1), settled: settled}
	c.ends[1].attach().request = request
	c.watchEnd(0) // if nobody holds it the request ends
	outside.enter(w.global)
	// 2. Wait until there is a responder.
	ua := w.userAgent()
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if w.destroyed {
		request.settle()
		return outside, nil // closed
	}
	for _, responder := range ua.windows[w.global.storageKey] {
		if responder.qualifies(request) {
			responder.answer(request)
			return outside, nil
		}
	}
	key := w.global.storageKey
	ua.requests[key] = append(ua.requests[key], request)
	return outside, nil
}

// OnConnect sets the listener for connect events: Source is the port, as is Ports[0]; it is not
// started. If nobody listens the port is closed.
func (w *Window) OnConnect(listener func(*MessageEvent)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onconnect = listener
}

// qualifies reports whether the window is whom a request, from its own storage key, is for.
// UserAgent.mu is held.
func (w *Window) qualifies(r *connectRequest) bool {
	return w.name == r.name && w != r.caller && !w.destroyed && w.readyState != Loading && w.secure == r.caller.secure && w.FullyActive()
}

// answerRequests answers what the window has come to qualify for, oldest first.
// UserAgent.mu is held.
func (w *Window) answerRequests() {
	ua, key := w.userAgent(), w.global.storageKey
	if len(ua.requests[key]) == 0 {
		return
	}
	ua.keepRequests(key, func(r *connectRequest) bool {
		if !w.qualifies(r) {
			return true
		}
		w.answer(r)
		return false
	})
}

// answer makes the window the responder, for good: it gets the inside port and a connect event.
// UserAgent.mu is held.
func (w *Window) answer(r *connectRequest) {
	c := r.inside.channel
	c.mu.Lock()
	c.ends[1].attached.request = nil
	c.mu.Unlock()
	// 3. The responder's port, in its global. The two are entangled already.
	r.inside.enter(w.global)
	r.settle()
	// 4. Fire connect.
	w.global.loop.QueueTask(eventloop.DOMManipulation, w.global.document, func() { w.fireConnect(r.inside) })
}

func (w *Window) fireConnect(port *MessagePort) {
	w.mu.Lock()
	listener := w.onconnect
	w.mu.Unlock()
	if listener == nil {
		port.Close() // nobody will ever have it: as if it were collected at once
		return
	}
	record, _ := clone.Serialize("") // a string can be cloned
	event := &MessageEvent{Type: connectType, Source: port, Ports: []*MessagePort{port}, record: record}
	w.global.trace(event, nil, w.global, "")
	listener(event)
}

// cancel ends a request whose caller closed the port.
func (r *connectRequest) cancel() {
	ua := r.caller.userAgent()
	ua.mu.Lock()
	defer ua.mu.Unlock()
	ua.keepRequests(r.caller.global.storageKey, func(other *connectRequest) bool { return other != r })
	r.settle()
}

// settle tells whoever waits that the request was answered, or has ended. UserAgent.mu is held.
func (r *connectRequest) settle() {
	if r.settled != nil {
		close(r.settled)
		r.settled = nil
	}
}

// keepRequests takes out the requests that are not to be kept. ua.mu is held.
func (ua *UserAgent) keepRequests(key StorageKey, keep func(*connectRequest) bool) {
	rest := slices.DeleteFunc(ua.requests[key], func(r *connectRequest) bool { return !keep(r) })
	if len(rest) > 0 {
		ua.requests[key] = rest
	} else {
		delete(ua.requests, key)
	}
}
