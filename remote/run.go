package remote

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// The longest time before the first attempt to come back. Each further one has twice that, up to
// pace.again. The time itself is drawn, so that the clients of a hub that was started again do not
// come all at once ("full jitter").
//
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
const firstAgain = 100 * time.Millisecond

// A connection that lasted so long was a good one: the next attempt is again the first.
const steadyAfter = protocol.Time(3 * time.Second)

// run serves sockets, one after the other, and lets the endpoint know what is posted, until the
// client has ended.
func (c *Client) run() {
	defer close(c.done)
	if c.options.OnState != nil {
		var telling sync.WaitGroup
		telling.Go(c.tellStates)
		defer telling.Wait()
	}
	defer c.timer.Stop()
	pings, again := time.NewTicker(c.pace.ping), stoppedTimer()
	defer pings.Stop()
	defer again.Stop()
	s := c.socket              // nil: there is none, and another one is to be made
	ended := c.serve(s)        // tells why s has ended
	var attempts chan *attempt // tells what has come of one; nil: none is under way
	var t turn
	for alive := true; alive; {
		t.due, t.gaveUp = false, false
		select {
		case <-c.outbox.wake:
		case <-c.timer.C:
			t.due = true
		case <-c.lingerTimer.C:
			t.gaveUp = true
		case <-pings.C:
			if s != nil {
				s.ping()
			}
		case reason := <-ended:
			s, ended = nil, nil
			alive = c.lose(reason)
			again.Reset(c.nextAttempt())
		case <-again.C:
			attempts = c.attempt()
		case a := <-attempts:
			attempts = nil
			if a.err == nil {
				s, ended = a.socket, c.serve(a.socket)
			} else {
				c.missed(a.err)
				again.Reset(c.nextAttempt())
			}
		}
		if alive {
			alive = c.goOn(s, &t)
		}
	}
	c.giveUp()
	if attempts != nil {
		if a := <-attempts; a.err == nil {
			a.socket.abort()
		}
	}
	t.commands = c.outbox.finish()
	c.tell(&t)
}

// goOn lets the endpoint know what was posted, and writes what it sends. It returns false if the
// client has ended.
func (c *Client) goOn(s socket, t *turn) bool {
	t.commands = c.outbox.take(t.commands)
	finished := c.tell(t)
	if s == nil {
		return !finished || c.lose(nil)
	}
	for i, batch := range t.batches {
		if err := s.write(batch); err != nil {
			c.broken(err, batch, t.batches[i+1:])
			break
		}
		freeBatch(batch)
	}
	if finished {
		s.shut()
	}
	return true
}

// serve says HELLO over a socket, and reads it until it has ended.
func (c *Client) serve(s socket) (ended chan error) {
	var secret protocol.Secret
	rand.Read(secret[:])
	c.lock()
	c.socket = s
	c.step(protocol.Event{Kind: protocol.EventStart, Secret: secret, Origin: c.options.Origin, Service: c.options.Service})
	c.unlock()
	ended = make(chan error, 1)
	go func() {
		reason := s.serve(c.receive)
		s.abort() // the writer may be in it
		ended <- reason
	}()
	return ended
}

// attempt is what has come of an attempt to make another socket.
type attempt struct {
	socket socket
	err    error
}

func (c *Client) attempt() chan *attempt {
	made := make(chan *attempt, 1)
	go func() {
		s, err := c.dial(c.dialing)
		made <- &attempt{s, err}
	}()
	return made
}

// nextAttempt is when to try to come back.
func (c *Client) nextAttempt() time.Duration {
	longest := max(min(firstAgain<<min(c.attempts, 16), c.pace.again), 1)
	c.attempts++
	return mathrand.N(longest)
}
