package protocol

// Held is a port as it passes between an endpoint and the runtime around it, in both directions.
type Held struct {
	Port  Handle   // 0: it has no peer any more, only its queue is left
	Lost  bool     // with 0: the peer was lost, it did not close
	Queue []Queued // taken in and not dispatched, oldest first
}

// Queued is a message of a [Held] port.
type Queued struct {
	Body  []byte
	Ports []Held
}

// EventKind tells what happened to an endpoint.
type EventKind uint8

// The events of an [Endpoint]; their fields stand in docs/protocol.md.
const (
	EventStart EventKind = iota + 1
	EventFrame
	EventChannel
	EventPost
	EventDispatched // the next Count messages of a port's queue
	EventClose
	EventConnect
	EventListen
	EventUnlisten
	EventSubscribe
	EventUnsubscribe
	EventBroadcast
	EventBye  // the endpoint does not come back when this socket ends
	EventTime // the deadline has come
	EventLost // the socket is gone
	EventEnd  // no socket will come any more
)

// Event is what happens to an [Endpoint].
type Event struct {
	Kind  EventKind
	Frame *Frame // Frame: valid during the Step
	Batch *Batch // Frame: what the bodies in it are parts of

	Port     Handle // Post, Dispatched, Close
	Count    int    // Dispatched
	Body     []byte // Post, Broadcast: kept, so the caller does not write to it any more
	Ports    []Held // Post: the list is valid during the Step, the bodies in it are kept
	Listener uint64 // Listen, Unlisten
	Name     string // Listen, Connect, Subscribe, Unsubscribe, Broadcast
	Origin   string // Start: the program's claim. Connect: the target origin
	Service  bool   // Start
	Secret   Secret // Start: of the endpoint, if it is a new one: random, and told to nobody
	Unsent   bool   // Time: the socket has not sent everything yet
}

// EffectKind tells what an endpoint wants done.
type EffectKind uint8

// The effects of an [Endpoint]; their fields stand in docs/protocol.md.
const (
	EffectSend EffectKind = iota + 1
	EffectChannel
	EffectDeliver
	EffectOpen
	EffectAcked
	EffectBlocked // the other side waits until messages of this port are dispatched
	EffectClosed
	EffectConnection
	EffectListening
	EffectSubscribed
	EffectBroadcast
	EffectWelcome
	EffectRefused
	EffectFailed
)

// Effect is what an [Endpoint] wants done. Effects are carried out in their order, and before the
// next Step: who carries one out does not step the machine but queues what follows from it.
type Effect struct {
	Kind     EffectKind
	Frame    *Frame // Send, Welcome
	Port     Handle // Channel, Deliver, Open, Acked, Blocked, Closed, Refused
	Twin     Handle // Channel: the other end
	Body     []byte // Deliver, Broadcast: a part of the Batch of the event
	Ports    []Held // Deliver; Connection: exactly one. Their bodies are parts of that Batch, or kept
	Behind   uint64 // Acked: posted and not yet taken by the other side
	Lost     bool   // Closed
	Listener uint64 // Connection, Listening
	Name     string // Subscribed, Broadcast
	Origin   string // Connection: the caller's
	User     string // Connection: the caller's
	Code     uint64 // Listening, Subscribed, Failed
	Text     string // Refused, Failed
}
