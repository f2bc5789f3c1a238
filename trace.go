package entangle

// Trace is what became of a message: it was dispatched, or it was discarded.
type Trace struct {
	From, To  *Global // nil if unknown: a program that pulls its messages, another process, a port that was closed
	Type      string  // of the event
	Size      int     // of the message, in bytes; about that of its serialization
	Ports     int     // how many ports are in it
	Discarded string  // why it was discarded, "" if it was dispatched
}

// trace tells of a message, if anybody wants to know.
func (g *Global) trace(event *MessageEvent, from, to *Global, discarded string) {
	if g == nil || g.userAgent.Trace == nil {
		return
	}
	t := Trace{From: from, To: to, Type: event.Type, Discarded: discarded}
	if r := event.record; r != nil {
		t.Size, t.Ports = r.Size(), max(len(r.Holders()), len(event.Ports))
	}
	g.userAgent.Trace(t)
}
