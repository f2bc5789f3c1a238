package sim

import (
	"fmt"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// Frames and packets for people who read a golden or a trace.

var askNames = map[protocol.DirectoryEventKind]string{
	protocol.DirectoryEnter: "enter", protocol.DirectoryLeave: "leave", protocol.DirectoryListen: "listen",
	protocol.DirectoryUnlisten: "unlisten", protocol.DirectoryConnect: "connect", protocol.DirectoryDeclined: "declined",
	protocol.DirectorySettled: "settled", protocol.DirectoryAway: "away", protocol.DirectoryCancel: "cancel",
}

func showFrame(f *protocol.Frame) string {
	b := new(strings.Builder)
	b.WriteString(f.Kind.String())
	switch f.Kind {
	case protocol.Parked:
		fmt.Fprintf(b, " port %d seq %d", f.Port, f.Seq)
	case protocol.Data, protocol.Close:
		fmt.Fprintf(b, " port %d seq %d next %d", f.Port, f.Seq, f.Next)
	case protocol.Ack, protocol.Attach, protocol.Attached, protocol.Closed, protocol.Gone, protocol.Blocked:
		fmt.Fprintf(b, " port %d next %d", f.Port, f.Next)
	case protocol.Connect, protocol.Refused, protocol.Taken, protocol.Settled, protocol.Cap, protocol.Dropped:
		fmt.Fprintf(b, " port %d", f.Port)
	case protocol.Hello:
		if len(f.Ticket) > 0 {
			fmt.Fprintf(b, " with a ticket, handles %d channels %d", f.Handles, f.Channels)
		}
	}
	show := func(name, s string) {
		if s != "" {
			fmt.Fprintf(b, " %s %q", name, s)
		}
	}
	if f.Limit != (protocol.Limit{}) {
		fmt.Fprintf(b, " limit %d/%d", f.Limit.Bytes, f.Limit.Messages)
	}
	if f.Listener != 0 {
		fmt.Fprintf(b, " listener %d", f.Listener)
	}
	if f.Code != 0 {
		fmt.Fprintf(b, " code %d", f.Code)
	}
	show("name", f.Name)
	show("origin", f.Origin)
	show("user", f.User)
	show("text", f.Text)
	showBody(b, f.Body)
	showPorts(b, f.Ports)
	for _, p := range f.Resumed {
		showResumed(b, &p)
	}
	return b.String()
}

func showResumed(b *strings.Builder, p *protocol.ResumedPort) {
	fmt.Fprintf(b, " {%d", p.Port)
	switch p.Where {
	case protocol.Closing:
		b.WriteString(" closed")
	case protocol.InMessage:
		fmt.Fprintf(b, " in message %d of %d", p.Seq, p.Parent)
	case protocol.InQueue:
		fmt.Fprintf(b, " in the queue of %d", p.Parent)
	}
	fmt.Fprintf(b, " send %d recv %d oldest %d", p.SendNext, p.RecvNext, p.Oldest)
	if len(p.Ticket) > 0 {
		b.WriteString(" with a ticket")
	}
	b.WriteString("}")
}

// showBody shows the number of a message of the world, or the bytes.
func showBody(b *strings.Builder, body []byte) {
	switch {
	case len(body) == 0:
	case len(body) >= minBody && body[0] == bodyMark>>24 && body[1] == bodyMark>>16&0xff:
		fmt.Fprintf(b, " message %d", uint32(body[4])<<24|uint32(body[5])<<16|uint32(body[6])<<8|uint32(body[7]))
	default:
		fmt.Fprintf(b, " body %x", body)
	}
}

func showPorts(b *strings.Builder, ports []protocol.PortState) {
	for _, p := range ports {
		switch {
		case p.Ended && p.Lost:
			b.WriteString(" {lost")
		case p.Ended:
			b.WriteString(" {ended")
		case p.Cap != nil:
			fmt.Fprintf(b, " {%x %s peer %x@%d send %d recv %d",
				p.Cap.ID[:2], showToken(p.Cap.Token), p.Cap.Peer[:2], p.Cap.PeerN, p.SendNext, p.RecvNext)
		default:
			fmt.Fprintf(b, " {%d send %d recv %d", p.Port, p.SendNext, p.RecvNext)
		}
		showMessages(b, "retained", p.Retained)
		showMessages(b, "queue", p.Queue)
		b.WriteString("}")
	}
}

func showMessages(b *strings.Builder, name string, messages []protocol.Message) {
	if len(messages) == 0 {
		return
	}
	fmt.Fprintf(b, " %s [", name)
	for i, m := range messages {
		if i > 0 {
			b.WriteString(", ")
		}
		one := new(strings.Builder)
		showBody(one, m.Body)
		showPorts(one, m.Ports)
		b.WriteString(strings.TrimPrefix(one.String(), " "))
	}
	b.WriteString("]")
}

func showToken(t protocol.Token) string {
	last := len(t.Nonces) - 1
	return fmt.Sprintf("%d-%d/%x", t.Base, t.Base+uint64(last), t.Nonces[last][:2])
}

func showPacket(p *protocol.Packet) string {
	b := new(strings.Builder)
	b.WriteString(p.Kind.String())
	switch p.Kind {
	case protocol.Takeover:
		fmt.Fprintf(b, " incarnation %d", p.VN)
	case protocol.Listening:
		fmt.Fprintf(b, " listener %d code %d", p.Listener, p.Code)
	case protocol.Crowded:
		fmt.Fprintf(b, " connect %d", p.Request)
	case protocol.Matched:
		fmt.Fprintf(b, " connect %d offer %d listener %d", p.Request, p.Offer, p.Listener)
	case protocol.Offer:
		fmt.Fprintf(b, " connect %d number %d listener %d origin %q user %q", p.Request, p.Offer, p.Listener, p.Origin, p.User)
	case protocol.Taken, protocol.Declined, protocol.Withdraw, protocol.Settled:
		fmt.Fprintf(b, " connect %d offer %d", p.Request, p.Offer)
		if p.Lost {
			b.WriteString(", nobody else is to be asked")
		}
	default:
		showPortPacket(b, p)
	}
	showPorts(b, p.Ports)
	return b.String()
}

func showPortPacket(b *strings.Builder, p *protocol.Packet) {
	fmt.Fprintf(b, " to %x@%d/%x from %x %s next %d", p.To[:2], p.ToN, p.ToR[:2], p.From[:2], showToken(p.Token), p.Next)
	switch p.Kind {
	case protocol.Data, protocol.Close:
		fmt.Fprintf(b, " seq %d", p.Seq)
	case protocol.Attached, protocol.Refused:
		fmt.Fprintf(b, " hop %d/%x", p.VN, p.VR[:2])
	case protocol.Attach:
		if p.Again {
			b.WriteString(" again")
		}
	case protocol.Alive:
		if p.Transit {
			b.WriteString(" in transit")
		}
		if p.Waiting {
			b.WriteString(", waiting to be taken")
		}
	}
	showBody(b, p.Body)
}

func showAsk(a *protocol.DirectoryEvent) string {
	b := new(strings.Builder)
	b.WriteString(askNames[a.Kind])
	if a.Port != 0 {
		fmt.Fprintf(b, " connect %d", a.Port)
	}
	if a.Offer != 0 {
		fmt.Fprintf(b, " offer %d", a.Offer)
	}
	if a.Listener != 0 {
		fmt.Fprintf(b, " listener %d", a.Listener)
	}
	if a.Name != "" {
		fmt.Fprintf(b, " name %q", a.Name)
	}
	if a.Origin != "" {
		fmt.Fprintf(b, " origin %q", a.Origin)
	}
	return b.String()
}
