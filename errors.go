package entangle

import (
	"errors"
	"fmt"

	"github.com/entangle-go/entangle/clone"
)

// What goes wrong with a port, found with errors.Is. Everything else is a [*clone.DOMException].
var (
	ErrClosed error = CloseError{Reason: ReasonClosed} // the channel was closed, by either side
	ErrLost   error = CloseError{Reason: ReasonLost}   // it ended, but nobody closed it

	ErrDetached = errors.New("entangle: the port was transferred")                          // somebody else holds it now, by another handle
	ErrPushed   = errors.New("entangle: the port belongs to an event loop: use OnMessage")  // so Receive cannot take its messages
	ErrPulled   = errors.New("entangle: the port belongs to no event loop: Adopt it first") // so OnMessage would never be called
)

// CloseReason says how a channel came to its end.
type CloseReason string

const (
	ReasonClosed CloseReason = "closed" // somebody closed it, or dropped a port of it
	ReasonLost   CloseReason = "lost"   // the network in between broke, or the other side's process ended
)

// CloseError is the end of a channel: the reason, and what is known besides. errors.Is tells
// whether it is [ErrClosed] or [ErrLost], whatever its text; errors.As gives the text.
type CloseError struct {
	Reason CloseReason
	Text   string // for people, in no fixed form; "" if there is nothing to say
}

// Error implements error.
func (e CloseError) Error() string {
	text := "entangle: closed"
	if e.Reason == ReasonLost {
		text = "entangle: the peer is lost"
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Is reports whether the target is a CloseError without text, such as ErrClosed, of
// the same reason.
func (e CloseError) Is(target error) bool { return target == error(CloseError{Reason: e.Reason}) }

func dataCloneError(format string, args ...any) error {
	return &clone.DOMException{Name: "DataCloneError", Message: fmt.Sprintf(format, args...)}
}

func syntaxError(format string, args ...any) error {
	return &clone.DOMException{Name: "SyntaxError", Message: fmt.Sprintf(format, args...)}
}

func invalidStateError(format string, args ...any) error {
	return &clone.DOMException{Name: "InvalidStateError", Message: fmt.Sprintf(format, args...)}
}
