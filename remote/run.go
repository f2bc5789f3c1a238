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
const steadyAfter = protocol.Time(10 * time.Second)

// run serves sockets, one after the other, until the client has ended.
func (c *Client) run() {
	defer close(c.done)
	if c.options.OnState != nil {
		var telling sync.WaitGroup
		telling.Go(c.tellStates)
		defer telling.Wait()
	}
	defer c.timer.Stop()
	defer c.giveUp()
	var t turn
	for {
		reason := c.serve(&t)
		if !c.lose(reason) || !c.comeBack(&t) {
			break
		}
	}
	t.commands = c.outbox.finish()
	c.tell(&t)
}

// serve says HELLO over the socket, tells the endpoint what was posted, and writes what it sends,
// until the socket has ended. It returns why.
func (c *Client) serve(t *turn) error {
	s := c.socket
	var secret protocol.Secret
	rand.Read(secret[:])
	c.lock()
	c.step(protocol.Event{Kind: protocol.EventStart, Secret: secret, Origin: c.options.Origin, Service: c.options.Service})
	c.unlock()
	ended := make(chan error, 1)
	go func() {
		reason := s.serve(c.receive)
		s.abort() // the writer may be in it
		ended <- reason
	}()
	pings := time.NewTicker(c.pace.ping)
	defer pings.Stop()
	for {
		t.due, t.gaveUp = false, false
		select {
		case <-c.outbox.wake:
		case <-c.timer.C:
			t.due = true
		case <-c.lingerTimer.C:
			t.gaveUp = true
		case <-pings.C:
			s.ping()
		case reason := <-ended:
			return reason
		}
		t.commands = c.outbox.take(t.commands)
		finished := c.tell(t)
		for i, batch := range t.batches {
			if err := s.write(batch); err != nil {
				c.broken(err)
				break
			}
			t.batches[i] = nil
			freeBatch(batch)
		}
		if finished {
			s.shut()
		}
	}
}

// comeBack makes another socket, and lets the endpoint know meanwhile what is posted. It returns
// false if the client has ended before.
func (c *Client) comeBack(t *turn) bool {
	dialed, dialing := make(chan socket, 1), false
	again := time.NewTimer(c.nextAttempt())
	defer again.Stop()
	for {
		t.due, t.gaveUp = false, false
		select {
		case <-c.outbox.wake:
		case <-c.timer.C:
			t.due = true
		case <-c.lingerTimer.C:
			t.gaveUp = true
		case <-again.C:
			dialing = true
			go func() {
				s, err := c.dial(c.dialing)
				if err != nil {
					c.log.Debug("the hub could not be reached again", "error", err)
				}
				dialed <- s
			}()
		case s := <-dialed:
			dialing = false
			if s != nil {
				c.mu.Lock()
				c.socket = s
				c.mu.Unlock()
				return true
			}
			again.Reset(c.nextAttempt())
		}
		t.commands = c.outbox.take(t.commands)
		if finished := c.tell(t); !finished {
			continue
		}
		c.lose(nil)
		c.giveUp()
		if dialing {
			if s := <-dialed; s != nil {
				s.abort()
			}
		}
		return false
	}
}

// nextAttempt is when to try to come back.
func (c *Client) nextAttempt() time.Duration {
	longest := min(firstAgain<<min(c.attempts, 16), c.pace.again)
	c.attempts++
	return mathrand.N(longest)
}
