package entangle

import (
	"errors"
	"fmt"

	"github.com/entangle-go/entangle/clone"
)

// What goes wrong with a port, found with errors.Is. Everything else is a [*clone.DOMException].
//
// ErrClosed and ErrLost are the two kinds of ends that a channel has. Every [CloseError] is one of
// them, whatever its reason: see [CloseReason].
var (
	ErrClosed error = CloseError{Reason: ReasonClosed} // it was ended in order, by either side
	ErrLost   error = CloseError{Reason: ReasonLost}   // it ended, but neither side closed it

	ErrDetached = errors.New("entangle: the port was transferred")                          // somebody else holds it now, by another handle
	ErrPushed   = errors.New("entangle: the port belongs to an event loop: use OnMessage")  // so Receive cannot take its messages
	ErrPulled   = errors.New("entangle: the port belongs to no event loop: Adopt it first") // so OnMessage would never be called
)

// CloseReason says how a channel came to its end. The npm package has the same words.
//
//	reason    errors.Is  who ended it
//	closed    ErrClosed  either side closed its port, or dropped it
//	shutdown  ErrClosed  this program: it closed its client, or the hub in the same process
//	lost      ErrLost    nobody: the other side or the connection is gone; the text says which
//	limit     ErrLost    a limit of this side, or of the call that the port was used in
//	refused   ErrLost    the hub, which did not want the request, the session or its ticket
//
// A port that is handed on over a network after its end keeps the kind of it, not the reason.
type CloseReason string

// The reasons.
const (
	ReasonClosed   CloseReason = "closed"
	ReasonLost     CloseReason = "lost"
	ReasonLimit    CloseReason = "limit"
	ReasonRefused  CloseReason = "refused"
	ReasonShutdown CloseReason = "shutdown"
)

// CloseError is the end of a channel: the reason, and what is known besides. errors.Is tells
// whether it is [ErrClosed] or [ErrLost]; errors.As gives the reason and the text.
type CloseError struct {
	Reason CloseReason
	Text   string // for people, in no fixed form; "" if there is nothing to say
}

// Error implements error.
func (e CloseError) Error() string {
	text := "entangle: " + string(e.Reason)
	switch e.Reason {
	case ReasonLost:
		text = "entangle: the peer is lost"
	case ReasonLimit:
		text = "entangle: closed at a limit"
	case ReasonShutdown:
		text = "entangle: shut down"
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Is reports whether the target is ErrClosed or ErrLost, whichever kind of end this is, or another
// CloseError without text, of the same reason.
func (e CloseError) Is(target error) bool {
	switch e.Reason {
	case ReasonShutdown:
		if target == ErrClosed {
			return true
		}
	case ReasonLimit, ReasonRefused:
		if target == ErrLost {
			return true
		}
	}
	return target == error(CloseError{Reason: e.Reason})
}

func dataCloneError(format string, args ...any) error {
	return &clone.DOMException{Name: "DataCloneError", Message: fmt.Sprintf(format, args...)}
}

func syntaxError(format string, args ...any) error {
	return &clone.DOMException{Name: "SyntaxError", Message: fmt.Sprintf(format, args...)}
}

func invalidStateError(format string, args ...any) error {
	return &clone.DOMException{Name: "InvalidStateError", Message: fmt.Sprintf(format, args...)}
}
