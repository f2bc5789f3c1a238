package protocol

// leaveSocket is the loss of a socket whose client may come back. What it owned is answered for;
// what is for it waits at whoever sent it.
func (s *Session) leaveSocket(now Time) {
	s.custody.away = true
	s.until, s.renew, s.retakeAt = now+s.settings.absence(), Never, Never
	s.leaveChannels()
	s.custody.ask(DirectoryEvent{Kind: DirectoryAway})
}

func (s *Session) leaveChannels() {
	for _, name := range sortedKeys(s.joined) {
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: s.joined[name]})
	}
	s.joined, s.names = nil, 0
}

// end is the end of the client. What it posted and nobody has taken in may have an heir; not if
// the client may have a session of another endpoint by now, in which it has said it again.
func (s *Session) end(now Time) {
	if s.failed || !s.bye && !s.answers && s.incarnation == 0 || !s.custody.unheard() {
		s.inherit(now, nil, 0)
		return
	}
	s.bequeaths, s.until = true, Never
	s.custody.effect(SessionEffect{Kind: SessionBequeath})
}

// Wanted reports whether what the client has said with f just now, DATA or CLOSE, may still be
// wanted, so that its heir keeps it; and the number of the message that the other side expects.
func (s *Session) Wanted(f *Frame) (taken uint64, wanted bool) {
	c := s.custody.claims[f.Port]
	if c == nil || !c.unheard() {
		return 0, false
	}
	return c.acked, f.Kind == Close || f.Seq >= c.acked && f.Seq < c.sendNext
}

// inherit leaves some ports to an heir, for as long as a client may be away, and ends the others.
// So many may be attached at once.
func (s *Session) inherit(now Time, ports []Handle, attach int) {
	first := !s.inherited
	s.bequeaths, s.inherited, s.renew, s.retakeAt = false, true, Never, Never
	s.leaveChannels()
	s.listeners = nil
	if s.greeted && first {
		s.custody.ask(DirectoryEvent{Kind: DirectoryLeave})
	}
	s.ended = !s.custody.end(ports)
	s.until = now + s.settings.absence()
	if s.ended {
		s.until = now + ForgetAfter
	} else {
		s.custody.sweep(attach)
	}
}

// leaveBus ends the subscriptions of a session that said HELLO, but for those to ports.
func (s *Session) leaveBus() {
	if s.greeted {
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: s.custody.address})
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: sessionsID(s.custody.keys.prf, s.custody.endpoint)})
	}
}
