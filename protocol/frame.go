package protocol

// Version is the version of the protocol that HELLO and WELCOME name.
const Version = 4

// Limits. A frame beyond them is not decoded; an endpoint refuses to send one.
const (
	MaxBody            = 1 << 20  // bytes in the body of one message
	MaxFrame           = 2 << 20  // bytes in one frame, and in one batch of frames
	MaxPortsPerMessage = 64       // ports in one message
	MaxPortsPerFrame   = 1024     // port states in one frame, at all depths
	MaxQueuedPerFrame  = 16384    // messages in the port states of one frame
	MaxDepth           = 32       // port states within port states
	MaxName            = 256      // bytes in a name
	MaxOrigin          = 1024     // bytes in an origin, and in a user's name
	MaxText            = 1024     // bytes in the text of an ERROR
	MaxChain           = 64       // hops in a token that the peer has not confirmed
	MaxHello           = 16 << 10 // bytes in the first batch, which is HELLO alone
	MaxInteger         = 1<<53 - 1
)

// Limits of a session.
const (
	MaxPorts     = 16384
	MaxListeners = 1024
	MaxPending   = 1024
	MaxChannels  = 1024
	MaxGraves    = 4096 // tombstones of a session whose client is there
)

// MaxWaiting is how many connects of all sessions may wait for one name in a [Directory]. One
// more is refused.
const MaxWaiting = 16384

// Codes of ERROR, and of the WebSocket close frame. 3000-3499: connecting again may help.
const (
	CodeShutdown = 3001
	CodeSlow     = 3008
	CodeTimeout  = 3012
	CodeTooMany  = 3013
	CodeTaken    = 3014
	CodeExpired  = 3015
	CodeDenied   = 3500
	CodeProtocol = 3501
	CodeVersion  = 3502
)

// Codes of LISTENING and SUBSCRIBED.
const (
	Registered = 0
	Denied     = 1
	TooMany    = 2
)

// Handle names a port between an endpoint and its session. It is never used again. Zero is no port.
type Handle uint64

// handleOf is the handle of side 0 or 1 of the n-th channel that an endpoint makes (n >= 1).
func handleOf(channel uint64, side uint64) Handle { return Handle(channel*4 + side*2) }

// minted reports whether an endpoint, and not its session, gave the handle.
func (h Handle) minted() bool { return h%2 == 0 }

func (h Handle) channel() uint64 { return uint64(h) / 4 }
func (h Handle) side() uint64    { return uint64(h) / 2 % 2 }
func (h Handle) twin() Handle    { return h ^ 2 }

// ID is the identity of a port, the same wherever the port is; or the address of a session or of a
// broadcast channel. All of them are subjects of the bus, and differ.
type ID [16]byte

// Secret is what a client makes for an endpoint and tells its hub only: whoever knows it is that
// endpoint.
type Secret [32]byte

// Nonce marks one hop of a token.
type Nonce [8]byte

// Kind tells what a frame or a packet says.
type Kind uint8

// The kinds of frames, and (from Data to Gone) of packets.
const (
	Hello       Kind = 0x01
	Welcome     Kind = 0x02
	Error       Kind = 0x03
	Ticket      Kind = 0x04
	Bye         Kind = 0x05
	Ping        Kind = 0x06
	Pong        Kind = 0x07
	Data        Kind = 0x10
	Ack         Kind = 0x11
	Attach      Kind = 0x12
	Attached    Kind = 0x13
	Refused     Kind = 0x14 // between sessions: REFUSE
	Close       Kind = 0x15
	Closed      Kind = 0x16
	Gone        Kind = 0x17
	Resume      Kind = 0x18
	Cap         Kind = 0x19
	Dropped     Kind = 0x1a // between sessions too
	Blocked     Kind = 0x1b // between sessions too
	Parked      Kind = 0x1c
	Listen      Kind = 0x20
	Unlisten    Kind = 0x21
	Listening   Kind = 0x22
	Connect     Kind = 0x23
	Connection  Kind = 0x24
	Taken       Kind = 0x25 // also between sessions
	Settled     Kind = 0x26
	Subscribe   Kind = 0x30
	Unsubscribe Kind = 0x31
	Subscribed  Kind = 0x32
	Broadcast   Kind = 0x33
)

// The kinds of packets that no frame has.
const (
	Offer    Kind = 0x40 // a caller's session to a listener's: the other end of the connection
	Declined Kind = 0x41 // its answer, unless that is TAKEN
	Withdraw Kind = 0x42 // an offer
	Matched  Kind = 0x43 // the directory to a caller's session: here is a listener
	Crowded  Kind = 0x44 // the directory to a caller's session: too many wait
	Probe    Kind = 0x45 // is anybody there?
	Alive    Kind = 0x46 // the owner is, or whoever answers for it
	Takeover Kind = 0x47 // to the sessions of one endpoint: a newer one is here
)

// Frame is what client and hub say to each other. Which fields a kind has stands in
// docs/protocol.md; the others are zero.
type Frame struct {
	Kind     Kind
	Port     Handle
	Seq      uint64 // Data: the message's number. Close: the number after the last
	Next     uint64 // the number its sender expects next
	Limit    Limit  // Ack, Attached: what its sender grants
	Body     []byte // Data, Broadcast; shared, never written to
	Ports    []PortState
	Listener uint64
	Name     string
	Origin   string
	User     string
	Secret   []byte        // Hello: that of the endpoint, len(Secret{}) bytes
	Endpoint string        // Welcome: what others see of the endpoint
	Service  bool          // Hello
	Version  uint64        // Hello, Welcome
	MaxBody  uint64        // Welcome
	Absence  uint64        // Welcome: how long the endpoint may be away, in milliseconds
	Ticket   []byte        // Hello, Welcome, Ticket: that of the session. Cap: that of Port. Listen, Listening: that of the name
	Handles  Handle        // Hello: the last one that the endpoint was given
	Channels uint64        // Hello: how many the endpoint has made
	Resumed  []ResumedPort // Resume
	Code     uint64        // Error, Listening, Subscribed
	Text     string        // Error
}

// ResumedPort is a port as RESUME has it: one that the endpoint has, or one in transit.
type ResumedPort struct {
	Port   Handle
	Where  Where
	Parent Handle // unless Held or Closed: the port whose message, or whose queue, it is in
	Seq    uint64 // InMessage: the number of that message

	SendNext uint64 // the number of the next message posted on it
	RecvNext uint64 // the number of the next message taken in
	Oldest   uint64 // the number of the oldest message that is retained
	Ticket   []byte // the newest one; none if it is as the endpoint made it
}

// Where tells where a [ResumedPort] is.
type Where uint8

// Where a resumed port can be.
const (
	Holding   Where = iota // in the endpoint's hands
	Closing                // the application has closed it
	InMessage              // in a message of Parent's that is not acknowledged
	InQueue                // in the queue of Parent, which is in transit itself
)

// MaxResume is the most bytes that one RESUME has.
const MaxResume = 64 << 10

// PortState is a port on its way.
type PortState struct {
	Port Handle      // in frames; 0 with Ended
	Cap  *Capability // in packets; nil with Ended

	Ended bool // the peer has closed, or (Lost) is lost: only the queue is left
	Lost  bool

	SendNext uint64    // the number of the next message posted on it
	RecvNext uint64    // the number of the next message taken in
	Retained []Message // posted and not acknowledged: the last ones before SendNext
	Queue    []Message // taken in and not dispatched

	Flow Flow
}

// Message is a message within a [PortState].
type Message struct {
	Body  []byte
	Ports []PortState
}
