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
		s.inherit(now, nil)
		return
	}
	s.bequeaths, s.until = true, Never
	s.custody.effect(SessionEffect{Kind: SessionBequeath})
}

// inherit leaves some ports to an heir, for as long as a client may be away, and ends the others.
func (s *Session) inherit(now Time, ports []Handle) {
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
		s.custody.sweep(PaceAttach)
	}
}

// leaveBus ends the subscriptions of a session that said HELLO, but for those to ports.
func (s *Session) leaveBus() {
	if s.greeted {
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: s.custody.address})
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: sessionsID(s.custody.keys.prf, s.custody.endpoint)})
	}
}
