package protocol

import "slices"

// roundTrip estimates how long an acknowledgement takes.
//
// https://www.rfc-editor.org/rfc/rfc6298#section-2
type roundTrip struct {
	smoothed, variation Time
}

const (
	minTimeout = 1 * second
	maxTimeout = 60 * second
)

// sample takes a measured round trip, of a message that was sent once.
func (r *roundTrip) sample(t Time) {
	if r.smoothed == 0 {
		r.smoothed, r.variation = t, t/2
		return
	}
	r.variation += (max(r.smoothed-t, t-r.smoothed) - r.variation) / 4
	r.smoothed += (t - r.smoothed) / 8
}

// timeout is when to send again what was sent so often.
func (r *roundTrip) timeout(tries uint8) Time {
	return min(max(r.smoothed+4*r.variation, minTimeout)<<min(tries, 6), maxTimeout)
}

// fly notes that a port waits for an acknowledgement, or for CLOSED, from an owner that is known.
func (e *Endpoint) fly(h Handle, p *port) {
	if !p.flying && p.attached && e.online {
		p.flying = true
		e.flying = append(e.flying, h)
		e.checkAt = min(e.checkAt, e.now+minTimeout)
	}
}

// time is the deadline.
func (e *Endpoint) time(unsent bool) {
	if e.away != Never {
		if e.ticket != nil && !e.asked && e.now >= e.away+e.absence {
			e.lose() // nobody keeps its place any longer
		}
		return
	}
	if len(e.owed) > 0 && e.now >= e.due {
		e.flush()
	}
	if e.now >= e.checkAt {
		e.check(unsent)
	}
}

// check sends again what has waited for an acknowledgement for too long: the oldest message, for
// whatever came after that was out of its turn. Nothing is late that the own socket still holds.
func (e *Endpoint) check(unsent bool) {
	e.flying = slices.DeleteFunc(e.flying, func(h Handle) bool {
		p := e.ports[h]
		if p == nil {
			return true
		}
		if len(p.retained) == 0 && p.state != linger {
			p.flying = false
			return true
		}
		if unsent || !p.attached || e.now-p.sentAt < e.trip.timeout(p.tries) {
			return false
		}
		p.tries++
		if p.sent == p.oldest() && p.sent < p.sendNext { // what would let it go on may have been lost
			p.sentAt = e.now
			if !e.off.NoBlocked {
				e.send(Frame{Kind: Blocked, Port: h, Next: p.recvNext})
			}
			return false
		}
		p.resent = true
		if len(p.retained) > 0 {
			e.sendData(h, p, p.oldest(), p.retained[0])
		}
		if p.state == linger { // who has closed it, too, does not take messages in
			e.sendClose(h, p)
		}
		return false
	})
	e.checkAt = Never
	if len(e.flying) > 0 {
		e.checkAt = e.now + minTimeout
	}
}

// sendAgain sends what is not acknowledged, as much of it as the other side takes, and CLOSE if the
// application has closed the port.
func (e *Endpoint) sendAgain(h Handle, p *port) {
	p.sent, p.sentBytes = p.oldest(), p.ackedBytes
	e.pump(h, p)
	if p.state == linger {
		e.sendClose(h, p)
	}
}
