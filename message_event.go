package entangle

import "github.com/entangle-go/entangle/clone"

// MessageEvent is a message that arrived, or the news that one could not be deserialized. It
// belongs to one goroutine at a time.
//
// https://html.spec.whatwg.org/multipage/comms.html#messageevent
type MessageEvent struct {
	Type   string         // "message", "messageerror" (no data, no ports) or, at a window, "connect"
	Origin Origin         // the sender's, of messages to windows and broadcast channels; of a port's message there is none
	Source any            // of a message to a window the sending *Window, of a connect event the *MessagePort; else nil
	Ports  []*MessagePort // the transferred ports, in the order of the transfer list

	record *clone.Record
	next   *MessageEvent // in a queue
	from   *Global       // who posted it, if that is known
	number uint64        // of the task, in a loop's queue

	distant bool // it came by an [Inbox], whose peer is told when it is dispatched
}

// The types of events. closeType is never seen outside: it stands in a port's queue for the end
// of its messages.
const (
	messageType      = "message"
	messageErrorType = "messageerror"
	connectType      = "connect"
	closeType        = "close"
)

// newMessage returns the event of a message, which it serializes.
//
// OPTIMIZATION: the event and its record are one allocation.
func newMessage(message any, transfer []Transferable) (*MessageEvent, error) {
	m := &struct {
		event  MessageEvent
		record clone.Record
	}{event: MessageEvent{Type: messageType}}
	if err := m.record.Serialize(message, transfer); err != nil {
		return nil, err
	}
	m.event.record = &m.record
	return &m.event, nil
}

// Data returns the message as a canonical value of package clone: the same value at every call. It
// is nil for a messageerror.
func (e *MessageEvent) Data() any {
	if e.Type == messageErrorType || e.record == nil {
		return nil
	}
	return e.record.Data()
}

// Err returns the DataCloneError that deserialization ended with: why the event is a messageerror.
// It is nil for every other event.
func (e *MessageEvent) Err() error {
	if e.Type != messageErrorType {
		return nil
	}
	if e.record != nil {
		if err := e.record.Check(); err != nil {
			return err
		}
	}
	return dataCloneError("the message could not be read")
}

// Decode stores the message in what dst, a pointer, points at. The error says why it does not fit;
// for a messageerror it is that of Err.
func (e *MessageEvent) Decode(dst any) error {
	if e.record == nil {
		return dataCloneError("the event carries no message")
	}
	return e.record.Decode(dst)
}

// Record returns the message as it travelled, for [clone.Build]; nil if the event carries none.
// What was transferred has been received.
func (e *MessageEvent) Record() *clone.Record { return e.record }

// deserialize turns a message that is dispatched in a realm into its event. The realm is nil for
// a pulled port.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserializewithtransfer
func (e *MessageEvent) deserialize(realm *Global) {
	r := e.record
	if len(r.Holders()) == 0 {
		if r.Check() != nil {
			e.Type = messageErrorType
		}
		return
	}
	// 1. Nothing that comes after the ports can fail once the check passed, so it goes first: a
	//    message that cannot be read loses its ports unopened.
	if r.Check() != nil {
		e.Type = messageErrorType
		discard(r)
		return
	}
	// 2. Receive the holders in order, then the value, which is built when somebody asks for it.
	var at any
	if realm != nil {
		at = realm
	}
	values, err := r.Receive(at)
	if err != nil {
		e.Type = messageErrorType
		e.record = clone.Undeliverable(err.Error(), nil)
		return
	}
	// 3. ports are the MessagePorts among the transferred, in order.
	for _, v := range values {
		if port, ok := v.(*MessagePort); ok {
			e.Ports = append(e.Ports, port)
		}
	}
}
