package protocol

func appendResumed(dst []byte, ports []ResumedPort) []byte {
	dst = appendUint(dst, uint64(len(ports)))
	for i := range ports {
		dst = appendResumedPort(dst, &ports[i])
	}
	return dst
}

func appendResumedPort(dst []byte, p *ResumedPort) []byte {
	dst = append(dst, byte(p.Where))
	dst = appendUint(dst, uint64(p.Port))
	if p.Where >= InMessage {
		dst = appendUint(dst, uint64(p.Parent))
	}
	if p.Where == InMessage {
		dst = appendUint(dst, p.Seq)
	}
	dst = appendUint(dst, p.SendNext)
	dst = appendUint(dst, p.RecvNext)
	dst = appendUint(dst, p.Oldest)
	return appendBytes(dst, p.Ticket)
}

func (r *reader) resumed() []ResumedPort {
	n := r.count(6, MaxResume/6, "too many ports in one RESUME")
	if n == 0 {
		return nil
	}
	ports := make([]ResumedPort, n)
	for i := range ports {
		r.resumedPort(&ports[i])
	}
	return ports
}

func (r *reader) resumedPort(p *ResumedPort) {
	p.Where = Where(r.byte())
	if p.Where > InQueue {
		r.fail("a resumed port that is nowhere")
	}
	p.Port = r.handle()
	if p.Where >= InMessage {
		p.Parent = r.handle()
	}
	if p.Where == InMessage {
		p.Seq = r.uint()
	}
	p.SendNext = r.uint()
	p.RecvNext = r.uint()
	p.Oldest = r.uint()
	if p.Oldest > p.SendNext {
		r.fail("more messages retained than were sent")
	}
	p.Ticket = r.bytes(MaxTicket)
}
