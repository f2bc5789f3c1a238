package protocol

// Identity is who a client is to the hub.
type Identity struct {
	User     string
	Origin   string   // "": HELLO may state one (a program's), else it has to be this one or none
	Opaque   bool     // the origin is the same as no other: Origin is "null"
	Service  bool     // may listen as a service of its origin, if HELLO asks for it
	Services []string // the names that a service may listen on; nil: any
}

// SessionEventKind tells what happened to a session.
type SessionEventKind uint8

// The events of a [Session].
const (
	SessionFrame   SessionEventKind = iota + 1 // Frame came from the client
	SessionPacket                              // Packet came from the bus
	SessionTime                                // the deadline has come
	SessionEnd                                 // the socket is gone
	SessionForget                              // give up what is left
	SessionDropped                             // the hub had to drop messages for the ports Dropped
	SessionInherit                             // the answer to SessionBequeath: somebody goes on with Ports
)

// SessionEvent is what happens to a [Session]. Its frame or packet is valid during the Step.
type SessionEvent struct {
	Kind   SessionEventKind
	Frame  *Frame
	Packet *Packet
	Attach int      // Time, Inherit: so many ports may be attached
	Ports  []Handle // Inherit

	Dropped []ID
}

// SessionEffectKind tells what a session wants done.
type SessionEffectKind uint8

// The effects of a [Session]. [Directory.Step] has SessionPublish only.
const (
	SessionSend        SessionEffectKind = iota + 1 // Frame to the client
	SessionPublish                                  // Packet to its subject, Packet.To
	SessionSpread                                   // Frame, a BROADCAST, to the others subscribed to ID
	SessionSubscribe                                // to ID
	SessionUnsubscribe                              // from ID
	SessionAsk                                      // Ask the directory
	SessionFail                                     // send ERROR with Code and Text, close the socket, then SessionEnd
	SessionDone                                     // after SessionEnd: nothing is left to answer for
	SessionBequeath                                 // the client is gone for good: SessionInherit, as the next event
)

// SessionEffect is what a [Session] wants done. Effects are carried out in their order, and before
// the next Step: who carries one out does not step the machine but queues what follows from it.
type SessionEffect struct {
	Kind   SessionEffectKind
	Frame  *Frame
	Packet *Packet
	ID     ID
	Ask    *DirectoryEvent
	Code   uint64
	Text   string
}

// DirectoryEventKind tells what a session asks of the directory.
type DirectoryEventKind uint8

// The events of a [Directory].
const (
	DirectoryEnter    DirectoryEventKind = iota + 1 // Identity, Endpoint
	DirectoryLeave                                  //
	DirectoryAway                                   // no connects are offered to it any more
	DirectoryListen                                 // Listener, Name, Age, Ticket. Answered by LISTENING
	DirectoryUnlisten                               // Listener
	DirectoryConnect                                // Port, Name, Origin (the target's). Answered by MATCHED, CROWDED
	DirectoryDeclined                               // Port, Offer, Silent: the listener would not have it. Answered as Connect
	DirectoryCancel                                 // Port: answered by CROWDED if it waits, not at all if it is offered
	DirectorySettled                                // Port: it does not wait any more
)

// DirectoryEvent is what a session asks of the directory.
type DirectoryEvent struct {
	Kind     DirectoryEventKind
	Session  ID
	Endpoint ID
	Identity Identity
	Listener uint64
	Port     Handle // the caller's end, which names the connect
	Offer    uint64
	Silent   bool // the listener has not answered
	Name     string
	Origin   string
	Age      Time   // since when the endpoint has listened on that name
	Ticket   []byte // for the answer
}
