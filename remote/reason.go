package remote

import (
	"errors"
	"fmt"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

// errClientClosed is the end of everything that a client has when the application closes it.
var errClientClosed = entangle.CloseError{Reason: entangle.ReasonShutdown, Text: "the client was closed"}

// why tells why the endpoint ended p in the step that is being carried out. Which of the reasons it
// is shows in what the endpoint was told. The client's lock is held.
func (c *Client) why(p *networkPort, lost bool) entangle.CloseError {
	switch {
	case c.refusal != "": // of the message that its other end was in
		return entangle.CloseError{Reason: entangle.ReasonLimit, Text: c.refusal}
	case !lost:
		return entangle.CloseError{Reason: entangle.ReasonClosed}
	case c.taking == protocol.EventPost || c.taking == protocol.EventConnect:
		return entangle.CloseError{Reason: entangle.ReasonLimit,
			Text: fmt.Sprintf("a client has at most %d ports, and %d requests that wait", protocol.MaxPorts, protocol.MaxPending)}
	case c.taking == protocol.EventTime:
		return entangle.CloseError{Reason: entangle.ReasonLost, Text: "there was no hub for too long; " + c.away.Error()}
	case c.taking == protocol.EventEnd:
		return c.ending
	case c.verdict != nil:
		return entangle.CloseError{Reason: entangle.ReasonRefused, Text: c.verdict.Error()}
	case p.settled != nil: // nobody has accepted
		return entangle.CloseError{Reason: entangle.ReasonRefused, Text: "the hub refused the request; too many may wait for this name"}
	}
	return entangle.CloseError{Reason: entangle.ReasonLost, Text: "the other side's connection to the hub ended"}
}

// ending is what a client's ports are told when it ends without the application's doing.
func ending(cause error) entangle.CloseError {
	e := entangle.CloseError{Reason: entangle.ReasonLost, Text: cause.Error()}
	var said *Error
	switch {
	case !errors.As(cause, &said):
	case said.Code == protocol.CodeShutdown:
		e.Reason = entangle.ReasonShutdown
	case said.final() || said.Code == protocol.CodeExpired:
		e.Reason = entangle.ReasonRefused
	}
	return e
}
