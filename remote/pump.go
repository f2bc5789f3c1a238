package remote

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

// shutTimeout is how long the hub has to answer the end of the socket.
const shutTimeout = time.Second

// receive takes a batch of frames, which belongs to it. The reader calls it.
func (c *Client) receive(batch []byte) {
	c.lock()
	defer c.unlock()
	for len(batch) > 0 && c.failure == nil {
		frame, rest, err := c.decoder.Frame(batch)
		if err != nil {
			c.fail(protocol.CodeProtocol, err.Error())
			return
		}
		if frame.Kind == protocol.Error {
			c.verdict = &Error{int(frame.Code), frame.Text}
		}
		c.step(protocol.Event{Kind: protocol.EventFrame, Frame: frame})
		batch = rest
	}
	if c.closing {
		c.outbox.signal() // it may have been what Close waits for
	}
}

// turn is one turn of the writer. Its slices are used again in the next one.
type turn struct {
	due      bool      // the endpoint's deadline has come
	gaveUp   bool      // Close has waited long enough
	commands []command // from the outbox
	batches  [][]byte  // to be written
}

// tell lets the endpoint know what the application did, and takes what is to be written. It reports
// whether the socket is to be shut afterwards.
func (c *Client) tell(t *turn) (finished bool) {
	c.lock()
	defer c.unlock()
	c.commands = t.commands
	for i := 0; i < len(c.commands); i++ { // it may grow
		cmd := c.commands[i]
		c.commands[i] = command{}
		c.obey(&cmd)
	}
	t.commands, c.commands = c.commands, nil
	if t.due {
		c.alarm = protocol.Never
		c.step(protocol.Event{Kind: protocol.EventTime, Unsent: len(c.batches) > 0})
	}
	if t.gaveUp && c.shut {
		c.abort()
	}
	c.gaveUp = c.gaveUp || t.gaveUp && !c.shut
	if c.closing && !c.shut && (c.gaveUp || !c.broke && !c.endpoint.Lingering() && c.outbox.empty()) {
		c.shut, finished = true, true
		c.step(protocol.Event{Kind: protocol.EventBye})
		c.lingerTimer.Reset(shutTimeout)
	}
	clear(t.batches)
	t.batches = t.batches[:0]
	if !c.broke {
		t.batches, c.batches = c.batches, t.batches
	}
	return finished
}

// obey carries out one command. The client's lock is held.
func (c *Client) obey(cmd *command) {
	switch cmd.kind {
	case post:
		c.post(cmd)
	case dispatched:
		c.tellDispatched(cmd.port)
	case shut:
		if p := cmd.port; !p.ended {
			c.step(protocol.Event{Kind: protocol.EventClose, Port: p.handle})
			c.forget(p)
		}
	case broadcast:
		c.broadcast(cmd)
	case join:
		c.join(cmd.from)
	case leave:
		c.leave(cmd.from)
	case goodbye:
		c.goodbye()
	}
}

// post gives a message to the endpoint, with the ports in it.
func (c *Client) post(cmd *command) {
	p := cmd.port
	p.waiting.Add(-1)
	p.waitingBytes.Add(-int64(len(cmd.body)))
	switch {
	case !p.ended && c.overflows(p):
		if cmd.record != nil {
			cmd.record.Discard()
		}
	case !p.ended:
		c.step(protocol.Event{Kind: protocol.EventPost, Port: p.handle, Body: cmd.body, Ports: c.ship(cmd.record)})
	case cmd.record != nil:
		cmd.record.Discard()
	}
}

// How many bytes may be posted that the other sides have not taken, on one port and on all. One
// message more is taken as long as neither is reached, so that every message fits an empty port.
const (
	maxBehind    = 64 << 20
	maxBehindAll = 256 << 20
)

// overflows closes a port on which too much waits, and reports whether it did.
func (c *Client) overflows(p *networkPort) bool {
	if _, bytes := c.endpoint.Behind(p.handle); bytes <= maxBehind && c.endpoint.Backlog() <= maxBehindAll {
		return false
	}
	c.log.Warn("a port was closed: too much waits for its other side")
	c.step(protocol.Event{Kind: protocol.EventClose, Port: p.handle})
	c.closed(p, entangle.CloseError{Reason: entangle.ReasonLimit, Text: "too much waits for its other side"})
	return true
}

// goodbye closes everything: the application closed the client.
func (c *Client) goodbye() {
	if c.closing {
		return
	}
	c.closing = true
	for handle, p := range c.ports {
		c.step(protocol.Event{Kind: protocol.EventClose, Port: handle})
		c.closed(p, errClientClosed)
	}
	c.endListeners()
	c.endChannels(errClientClosed)
	c.lingerTimer.Reset(c.linger)
}

// broken is told why a batch could not be written, and what is left: nothing more is written to
// this socket. A hub that does not read may still write, or be gone without a word: this ends it.
// Of any other error the reader hears too, and perhaps why.
func (c *Client) broken(err error, batch []byte, rest [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broke = true
	c.batches = append(slices.Clone(rest), c.batches...)
	for range broadcasts([][]byte{batch}) {
		c.doubtful = c.doubtful || c.closing
		c.log.Warn("the connection broke while a broadcast was written: the others may not have got it", "error", err)
	}
	if errors.Is(err, errStuck) {
		if c.stuck == nil {
			c.stuck = err
		}
		c.abort()
	}
}

// lose takes the end of the socket, for a reason. It reports whether another one is to be made;
// else the client has ended.
func (c *Client) lose(reason error) (again bool) {
	c.lock()
	switch {
	case c.failure != nil:
		reason = c.failure
	case c.stuck != nil:
		reason = c.stuck
	}
	unwritten := c.batches
	c.batches, c.broke = nil, false
	var refused *Error
	final := errors.As(reason, &refused) && refused.final()
	if again = c.dial != nil && c.state != Connecting && !c.shut && !c.gaveUp && !final; again {
		if c.now-c.welcomeAt > steadyAfter {
			c.attempts = 0
		}
		known := c.known
		c.socket, c.failure, c.verdict, c.stuck, c.known = nil, nil, nil, nil, false
		c.step(protocol.Event{Kind: protocol.EventLost})
		for f := range broadcasts(unwritten) { // the endpoint knows everything else that is in there
			c.step(protocol.Event{Kind: protocol.EventBroadcast, Name: f.Name, Body: bytes.Clone(f.Body)})
		}
		c.reconnecting(reason, known)
	} else {
		for range broadcasts(unwritten) {
			c.doubtful = true
		}
		c.doubtful = c.doubtful || c.endpoint.Lingering()
		c.end(reason)
	}
	c.unlock()
	for _, batch := range unwritten {
		freeBatch(batch)
	}
	if !again {
		close(c.gone)
	}
	return again
}

// broadcasts are the BROADCAST frames in batches.
func broadcasts(batches [][]byte) iter.Seq[*protocol.Frame] {
	return func(yield func(*protocol.Frame) bool) {
		for _, batch := range batches {
			for len(batch) > 0 {
				frame, rest, err := protocol.DecodeFrame(batch)
				if err != nil {
					panic("remote: a frame of one's own: " + err.Error())
				}
				if frame.Kind == protocol.Broadcast && !yield(&frame) {
					return
				}
				batch = rest
			}
		}
	}
}

// missed takes the failure of an attempt to come back.
func (c *Client) missed(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gaveUp {
		c.reconnecting(reason, false)
	}
}

// reconnecting says why there is no connection: the one that there was has ended, or there is none
// for a reason, which is logged once. The client's lock is held.
func (c *Client) reconnecting(reason error, lost bool) {
	c.away = reason
	c.enterState(Reconnecting, reason)
	if why := reasonOf(reason); !lost && len(c.warned) < maxWarned && !c.warned[why] {
		c.warned[why] = true
		c.log.Warn("the client cannot come back to its hub, and goes on trying", "reason", reason)
	}
}

// maxWarned is how many reasons are logged at most before the client has come back.
const maxWarned = 64

// end is the client's end. Its lock is held.
func (c *Client) end(reason error) {
	if c.closing {
		c.ending, c.err = errClientClosed, errClientClosed
		reason = nil
	} else {
		c.cause, c.ending = reason, ending(reason)
		c.err = fmt.Errorf("%w: %w", entangle.CloseError{Reason: c.ending.Reason}, reason)
	}
	c.step(protocol.Event{Kind: protocol.EventEnd})
	c.endListeners()
	c.endChannels(c.ending)
	c.enterState(Closed, reason)
}

// ended returns the error of an operation that comes too late. The client's lock is held.
func (c *Client) ended() error {
	if c.closing {
		return errClientClosed
	}
	return c.err
}

// stopped returns the error of an operation that the client's end broke off. The client's
// lock is not held.
func (c *Client) stopped() error {
	if err := c.Err(); err != nil {
		return err
	}
	return errClientClosed
}
