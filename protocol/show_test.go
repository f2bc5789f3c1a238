package protocol

import (
	"fmt"
	"strings"
)

// Frames and packets for people who read a golden or a trace.

var kindNames = map[Kind]string{
	Hello: "HELLO", Welcome: "WELCOME", Error: "ERROR", Data: "DATA", Ack: "ACK", Attach: "ATTACH", Attached: "ATTACHED",
	Refused: "REFUSED", Close: "CLOSE", Closed: "CLOSED", Gone: "GONE", Listen: "LISTEN", Unlisten: "UNLISTEN",
	Listening: "LISTENING", Connect: "CONNECT", Connection: "CONNECTION", Subscribe: "SUBSCRIBE",
	Unsubscribe: "UNSUBSCRIBE", Subscribed: "SUBSCRIBED", Broadcast: "BROADCAST",
}

func showFrame(f *Frame) string {
	b := new(strings.Builder)
	fmt.Fprintf(b, "%s", kindNames[f.Kind])
	switch f.Kind {
	case Data, Close:
		fmt.Fprintf(b, " port %d seq %d next %d", f.Port, f.Seq, f.Next)
	case Ack, Attach, Attached, Closed, Gone, Refused:
		fmt.Fprintf(b, " port %d next %d", f.Port, f.Next)
	case Connect:
		fmt.Fprintf(b, " port %d", f.Port)
	}
	show := func(name, s string) {
		if s != "" {
			fmt.Fprintf(b, " %s %q", name, s)
		}
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
	show("body", string(f.Body))
	showPorts(b, f.Ports)
	return b.String()
}

func showPorts(b *strings.Builder, ports []PortState) {
	for _, p := range ports {
		switch {
		case p.Ended && p.Lost:
			b.WriteString(" {lost")
		case p.Ended:
			b.WriteString(" {ended")
		case p.Cap != nil:
			fmt.Fprintf(b, " {%x %s peer %x@%d send %d recv %d", p.Cap.ID[:2], showToken(p.Cap.Token), p.Cap.Peer[:2], p.Cap.PeerN, p.SendNext,
				p.RecvNext)
		default:
			fmt.Fprintf(b, " {%d send %d recv %d", p.Port, p.SendNext, p.RecvNext)
		}
		showMessages(b, "retained", p.Retained)
		showMessages(b, "queue", p.Queue)
		b.WriteString("}")
	}
}

func showMessages(b *strings.Builder, name string, messages []Message) {
	if len(messages) == 0 {
		return
	}
	fmt.Fprintf(b, " %s [", name)
	for i, m := range messages {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%q", m.Body)
		showPorts(b, m.Ports)
	}
	b.WriteString("]")
}

func showToken(t Token) string {
	n, r := t.last()
	return fmt.Sprintf("%d-%d/%x", t.Base, n, r[:2])
}

func showPacket(p *Packet) string {
	b := new(strings.Builder)
	fmt.Fprintf(b, "%s to %x@%d/%x from %x %s next %d", kindNames[p.Kind], p.To[:2], p.ToN, p.ToR[:2], p.From[:2], showToken(p.Token), p.Next)
	switch p.Kind {
	case Data, Close:
		fmt.Fprintf(b, " seq %d", p.Seq)
	case Attached, Refused:
		fmt.Fprintf(b, " hop %d/%x", p.VN, p.VR[:2])
	}
	if len(p.Body) > 0 {
		fmt.Fprintf(b, " body %q", p.Body)
	}
	showPorts(b, p.Ports)
	return b.String()
}
