package sim

import (
	"encoding/binary"
	"fmt"

	"github.com/entangle-go/entangle/protocol"
)

// Channel is a pair of entangled ports, as the applications see it.
type Channel struct {
	Number     int // the world's
	Ends       [2]*End
	Posted     [2]int // by that side
	Dispatched [2]int // at that side

	connect  *Connect // that made it, if one did
	tainted  bool     // an end of it may be, or have been, a hostile client's
	messages []*Message
}

// End is one end of a channel.
type End struct {
	Channel *Channel
	Side    int
	At      *Client         // whose application has it; nil: nobody's
	Handle  protocol.Handle // 0: local, or ended
	Ended   bool            // the runtime was told that there is no peer any more
	Lost    bool            // with Ended
	Closed  bool            // by the application

	in       *Message // the message that it was posted in, until it is exposed
	queue    []*Message
	over     bool // the close event was dispatched
	doubt    bool // whoever had it was away for about as long as one may be
	lapsed   bool // whoever had it was away for too long
	closedAt *Client
}

// Peer is the other end of the channel.
func (e *End) Peer() *End { return e.Channel.Ends[1-e.Side] }

// Name is how actions name the end: "7a" is one side of channel 7, "7b" the other.
func (e *End) Name() EndName { return EndName{e.Channel.Number, e.Side} }

// String follows the end to where it is.
func (e *End) String() string {
	where := "nowhere"
	switch {
	case e.At != nil:
		where = "at " + e.At.String()
	case e.in == nil:
	case e.in.connect != nil:
		where = "in " + e.in.connect.String()
	case e.in.taken != nil:
		where = fmt.Sprintf("within message %d in the queue of (%v)", e.in.id, e.in.taken)
	default:
		where = fmt.Sprintf("within message %d, which (%v) sent", e.in.id, e.in.from)
	}
	for _, fact := range []struct {
		name string
		is   bool
	}{{"ended", e.Ended}, {"lost", e.Lost}, {"closed", e.Closed}} {
		if fact.is {
			where += ", " + fact.name
		}
	}
	return fmt.Sprintf("%v %s", e.Name(), where)
}

// Message is what was posted once, or what a connect brings to a listener.
type Message struct {
	id      uint32
	from    *End // nil: a connect
	connect *Connect
	number  int
	ends    []*End
	wild    []protocol.Handle // ports in it that the world does not follow, as they are called where it is
	here    bool              // it was posted where both ends were,
	local   bool              // and no endpoint has seen it
	taken   *End              // in whose queue it is, or was

	body  []byte          // as it was delivered, kept as long as the message is in a queue
	batch *protocol.Batch // what body is a part of
}

// Connect is a caller's request for somebody who listens.
type Connect struct {
	Caller   *Client
	Handle   protocol.Handle // the caller's end
	Name     string
	Target   string // the target origin
	channel  *Channel
	message  *Message
	ids      []protocol.ID // of the end that goes to a listener: each session of the caller's makes another one
	takers   []taker       // whose endpoints have taken the other end. Only one of them can own it
	claimers []*Client     // those, and others whose word was lost on its way
	nth      int           // of the caller's session whose identity counts
	id       protocol.ID   // that one
	shown    *Client       // whose application got the other end

	offers    map[offerKey]*listening // to whom it was offered
	doubt     bool                    // the caller was away for about as long as one may be
	withdrawn bool                    // the caller closed its end, which it had never handed on
	handedOn  bool                    // the caller handed its end on
}

// offerKey is an offer by some session of the caller's, with its number.
type offerKey struct {
	session *Session
	number  uint64
}

// taker is somebody who has taken an end.
type taker struct {
	client *Client
	id     protocol.ID
}

func (c *Connect) String() string {
	return fmt.Sprintf("the connect of %v from %v to %q%s", c.channel.Ends[0].Name(), c.Caller, c.Name, c.Target)
}

// minBody is how much of a body says which message it is.
const minBody = 8

// bodyMark stands before a message's number, so that bodies of hostile clients are told apart.
const bodyMark = 0x51b0_0d1e

// body makes the body of message id. Some are longer than others.
func body(id uint32) []byte {
	b := make([]byte, minBody+id%3*16)
	binary.BigEndian.PutUint32(b, bodyMark)
	binary.BigEndian.PutUint32(b[4:], id)
	for i := minBody; i < len(b); i++ {
		b[i] = byte(id) ^ byte(i)
	}
	return b
}

// messageOf finds the message that a body is of, or nil.
func (w *World) messageOf(b []byte) *Message {
	if len(b) < minBody || binary.BigEndian.Uint32(b) != bodyMark {
		return nil
	}
	id := binary.BigEndian.Uint32(b[4:])
	if int(id) >= len(w.messages) {
		return nil
	}
	for i := minBody; i < len(b); i++ {
		if b[i] != byte(id)^byte(i) {
			return nil
		}
	}
	return w.messages[id]
}

func (w *World) newMessage(from *End) *Message {
	m := &Message{id: uint32(len(w.messages)), from: from}
	w.messages = append(w.messages, m)
	if from != nil {
		m.number = from.Channel.Posted[from.Side]
		from.Channel.Posted[from.Side]++
		from.Channel.messages = append(from.Channel.messages, m)
	}
	return m
}

// keep keeps the body of a message that was delivered, by the memory contract.
func (w *World) keep(m *Message, body []byte, batch *protocol.Batch) {
	m.body = body
	if w.config.misuse != keepBodies {
		m.batch = batch.Retain()
	}
}

// drop ends what keep began.
func (m *Message) drop() {
	m.batch.Release()
	m.body, m.batch = nil, nil
}
