package remote

import (
	"bytes"
	"fmt"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

const (
	batchSize   = 64 << 10              // bytes from which on a batch takes no more frames
	ackDelay    = 20 * time.Millisecond // how long an acknowledgement waits for a message to ride on
	shutTimeout = time.Second           // how long the hub has to answer the end of the socket
)

// receive takes a batch of frames, which belongs to it. The reader calls it.
func (c *Client) receive(batch []byte) {
	c.mu.Lock()
	defer c.unlock()
	for len(batch) > 0 && c.failure == nil {
		var err error
		c.frame, batch, err = protocol.DecodeFrame(batch)
		if err != nil {
			c.fail(protocol.CodeProtocol, err.Error())
			return
		}
		c.step(protocol.Event{Kind: protocol.EventFrame, Frame: &c.frame})
	}
	if c.closing {
		c.outbox.signal() // it may have been what Close waits for
	}
}

// unlock releases the client's lock, wakes the writer if there is something for it, and does what
// could not be done with the lock held.
func (c *Client) unlock() {
	relays := c.relays
	c.relays = nil
	if len(c.batches) > 0 {
		c.outbox.signal()
	}
	c.mu.Unlock()
	for _, relay := range relays {
		relay()
	}
}

// write tells the endpoint what was posted and writes what the endpoint sends, until the client has
// ended. It is the writer.
func (c *Client) write() {
	var commands []command
	pings := time.NewTicker(pingInterval)
	defer pings.Stop()
	for {
		owed, gaveUp := false, false
		select {
		case <-c.outbox.wake:
		case <-c.ackTimer.C:
			owed = true
		case <-c.lingerTimer.C:
			gaveUp = true
		case <-pings.C:
			c.socket.ping()
		case <-c.gone:
			c.tell(c.outbox.finish(), false, false)
			return
		}
		commands = c.outbox.take(commands)
		var batches [][]byte
		var finished bool
		commands, batches, finished = c.tell(commands, owed, gaveUp)
		for _, batch := range batches {
			if c.socket.write(batch) != nil {
				break // the reader learns of it too
			}
		}
		c.giveBack(batches)
		if finished {
			c.socket.shut()
		}
	}
}

// tell lets the endpoint know what the application did. It returns the slice of commands, to be
// used again, what is to be written, and whether the socket is to be shut afterwards.
func (c *Client) tell(commands []command, owed, gaveUp bool) (used []command, batches [][]byte, finished bool) {
	c.mu.Lock()
	defer c.unlock()
	c.commands = commands
	for i := 0; i < len(c.commands); i++ { // it may grow
		cmd := c.commands[i]
		c.commands[i] = command{}
		c.obey(&cmd)
	}
	used, c.commands = c.commands, nil
	if owed {
		c.step(protocol.Event{Kind: protocol.EventFlush})
	}
	if gaveUp && c.shut {
		c.socket.abort()
	}
	c.gaveUp = c.gaveUp || gaveUp && !c.shut
	if c.closing && !c.shut && (c.gaveUp || !c.endpoint.Lingering()) {
		c.shut, finished = true, true
		c.lingerTimer.Reset(shutTimeout)
	}
	batches, c.batches = c.batches, nil
	return used, batches, finished
}

// obey carries out one command. The client's lock is held.
func (c *Client) obey(cmd *command) {
	switch cmd.kind {
	case post:
		c.post(cmd)
	case shut:
		if p := cmd.port; !p.ended {
			c.step(protocol.Event{Kind: protocol.EventClose, Port: p.handle})
			c.forget(p)
		}
	case broadcast:
		c.broadcast(cmd)
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
	switch {
	case !p.ended:
		c.step(protocol.Event{Kind: protocol.EventPost, Port: p.handle, Body: cmd.body, Ports: c.ship(cmd.record)})
	case cmd.record != nil:
		cmd.record.Discard()
	}
}

// goodbye closes everything: the application closed the client.
func (c *Client) goodbye() {
	if c.closing {
		return
	}
	c.closing = true
	for handle, p := range c.ports {
		c.step(protocol.Event{Kind: protocol.EventClose, Port: handle})
		c.closed(p, false)
	}
	c.endListeners()
	c.endChannels(false)
	c.lingerTimer.Reset(c.linger)
}

// end is the end of the socket.
func (c *Client) end(reason error) {
	c.mu.Lock()
	if c.closing {
		c.err = entangle.ErrClosed
	} else {
		if c.cause = explain(reason); c.failure != nil {
			c.cause = c.failure
		}
		c.err = fmt.Errorf("%w: %w", entangle.ErrLost, c.cause)
	}
	c.step(protocol.Event{Kind: protocol.EventEnd})
	c.endListeners()
	c.endChannels(true)
	c.unlock()
	close(c.gone)
}

// fail ends the session because of what the hub said or did. It does not wait: the
// writer may be stuck.
func (c *Client) fail(code uint64, text string) {
	if c.failure == nil {
		c.failure = &Error{int(code), text}
		c.socket.abort()
	}
}

// step lets the endpoint take an event and carries out the effects. The client's lock is held.
func (c *Client) step(event protocol.Event) {
	effects := c.endpoint.Step(event, c.effects[:0])
	c.effects = nil // an effect may lead to another step
	for i := range effects {
		c.carryOut(&effects[i])
	}
	clear(effects)
	c.effects = effects
}

// carryOut carries out one effect.
func (c *Client) carryOut(e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend:
		c.send(e.Frame)
	case protocol.EffectDeliver:
		c.deliver(e)
	case protocol.EffectOpen, protocol.EffectAcked, protocol.EffectClosed:
		c.progress(e)
	case protocol.EffectConnection:
		c.connection(e)
	case protocol.EffectListening:
		c.listening(e)
	case protocol.EffectSubscribed:
		c.subscribed(e.Name)
	case protocol.EffectBroadcast:
		c.received(e.Name, e.Body)
	case protocol.EffectWelcome:
		c.welcome = *e.Frame
		close(c.ready)
	case protocol.EffectOwing:
		c.ackTimer.Reset(ackDelay)
	case protocol.EffectRefused:
		c.refused(e)
	case protocol.EffectFailed:
		c.fail(e.Code, e.Text)
	}
}

// progress tells what became of a port's other side.
func (c *Client) progress(e *protocol.Effect) {
	p := c.ports[e.Port]
	switch {
	case p == nil:
	case e.Kind == protocol.EffectOpen:
		p.settle(true)
	case e.Kind == protocol.EffectAcked:
		p.behind()
	default:
		c.closed(p, e.Lost)
	}
}

// deliver puts a message into the queue of its port.
func (c *Client) deliver(e *protocol.Effect) {
	record := c.landMessage(e.Body, e.Ports)
	switch p := c.ports[e.Port]; {
	case p == nil:
		record.Discard() // the endpoint knows the port, so it was closed in this very moment
	case !p.sink.Post(record):
		p.missed = append(p.missed, record)
	}
}

// refused puts a word into the place of a message that cannot go.
func (c *Client) refused(e *protocol.Effect) {
	c.log.Warn("a message with ports could not be sent; the ports are closed", "reason", e.Text)
	if e.Port != 0 {
		c.step(protocol.Event{Kind: protocol.EventPost, Port: e.Port, Body: undeliverable(e.Text)})
	}
}

// send appends a frame to what waits for the writer.
func (c *Client) send(f *protocol.Frame) {
	n := len(c.batches)
	if n == 0 || len(c.batches[n-1]) >= batchSize {
		c.batches = append(c.batches, c.spare)
		c.spare = nil
		n++
	}
	last := &c.batches[n-1]
	start := len(*last)
	*last = protocol.AppendFrame(*last, f)
	if len(*last) > protocol.MaxFrame && start > 0 {
		c.batches = append(c.batches, bytes.Clone((*last)[start:]))
		*last = (*last)[:start]
	}
}

// giveBack keeps a written buffer for the next batch.
func (c *Client) giveBack(batches [][]byte) {
	if len(batches) == 0 || cap(batches[0]) > 2*batchSize {
		return
	}
	c.mu.Lock()
	c.spare = batches[0][:0]
	c.mu.Unlock()
}

// stopped returns the error of an operation that the client's end broke off. The client's
// lock is not held.
func (c *Client) stopped() error {
	if err := c.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: the client is being closed", entangle.ErrClosed)
}
