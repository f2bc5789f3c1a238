package sim

import "github.com/entangle-go/entangle/protocol"

// misuse is a way to break the memory contract of Step, so that a test can show that this is
// noticed.
type misuse uint8

const (
	noMisuse    misuse = iota
	keepFrames         // what an endpoint sends is read after its next step
	keepPorts          // and what it delivers
	keepBodies         // a body is read after its batch was given back
	keepPackets        // a message that a session publishes is read after its next step
)

// misused puts an effect off until the next step is over, if that is what is to be noticed.
func (w *World) misused(c *Client, ev *protocol.Event, f *protocol.Effect) bool {
	late := *f
	switch {
	case w.config.misuse == keepFrames && f.Kind == protocol.EffectSend && ev.Kind == protocol.EventPost:
		c.kept = append(c.kept, func() { w.frame(late.Frame) })
	case w.config.misuse == keepPorts && f.Kind == protocol.EffectDeliver && len(f.Ports) > 0:
		batch := ev.Batch.Retain()
		c.kept = append(c.kept, func() {
			w.effect(c, batch, &late)
			batch.Release()
		})
	default:
		return false
	}
	return true
}

// misusedPacket is the same for what a session does.
func (w *World) misusedPacket(s *Session, f *protocol.SessionEffect) bool {
	if w.config.misuse != keepPackets || f.Kind != protocol.SessionPublish || f.Packet.Kind != protocol.Data {
		return false
	}
	packet := f.Packet
	s.Client.kept = append(s.Client.kept, func() { w.publish(s.Number(), packet) })
	return true
}

// tooLate does what misused has put off.
func (c *Client) tooLate(n int) {
	for _, do := range c.kept[:n] {
		do()
	}
	c.kept = c.kept[n:]
}
