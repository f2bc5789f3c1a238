package protocol

// Tickets are what a session knows and its client keeps, sealed, so that any session can go on from
// there: docs/protocol.md, 8. A client cannot read them, change them, or use another endpoint's.

// MaxTicket is the most bytes that a ticket has.
const MaxTicket = 1024

// sessionTicket says that an endpoint had a session.
type sessionTicket struct {
	issued      Time   // by the hub's clock
	incarnation uint64 // how often the endpoint has come back; the highest one is the present session
}

func (k *keySet) sealSession(endpoint ID, t sessionTicket) []byte {
	plain := appendUint(number(uint64(t.issued)), t.incarnation)
	return k.sealed(plain, sealSession, endpoint, 0)
}

func (k *keySet) openSession(endpoint ID, ticket []byte) (t sessionTicket, ok bool) {
	plain, ok := k.open(ticket, sealSession, endpoint, 0)
	if !ok {
		return t, false
	}
	r := reader{b: plain}
	for range 8 {
		t.issued = t.issued<<8 | Time(r.byte())
	}
	t.incarnation = r.uint()
	return t, r.whole()
}

// portTicket is a capability, and whether the hop of the message that the port is in is in it
// already.
func (k *keySet) sealPort(endpoint ID, h Handle, cap *Capability, hopped bool) []byte {
	return k.sealed(appendCapability([]byte{bit(hopped, 1)}, cap), sealPort, endpoint, uint64(h))
}

func (k *keySet) openPort(endpoint ID, h Handle, ticket []byte) (cap *Capability, hopped, ok bool) {
	plain, ok := k.open(ticket, sealPort, endpoint, uint64(h))
	if !ok {
		return nil, false, false
	}
	r := reader{b: plain}
	hopped = r.flags(1) != 0
	cap = r.capability()
	return cap, hopped, r.whole()
}

// sealName seals since when an endpoint has listened on a name, by the hub's clock.
func (k *keySet) sealName(endpoint ID, name string, age Time) []byte {
	return k.sealed(append(number(uint64(age)), name...), sealName, endpoint, 0)
}

func (k *keySet) openName(endpoint ID, name string, ticket []byte) (age Time, ok bool) {
	plain, ok := k.open(ticket, sealName, endpoint, 0)
	if !ok || len(plain) < 8 || string(plain[8:]) != name {
		return 0, false
	}
	for _, b := range plain[:8] {
		age = age<<8 | Time(b)
	}
	return age, true
}

// whole reports whether everything was read, and nothing was wrong.
func (r *reader) whole() bool { return r.err == nil && r.off == len(r.b) }
