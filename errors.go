package entangle

import (
	"errors"
	"fmt"

	"github.com/entangle-go/entangle/clone"
)

// What goes wrong with a port, found with errors.Is. Everything else is a [*clone.DOMException].
var (
	// this port or its peer was closed, and there is no message left
	ErrClosed = errors.New("entangle: closed")
	// as ErrClosed, but nobody closed it: the network did
	ErrLost = errors.New("entangle: the peer is lost")
	// somebody else holds it now, by another handle
	ErrDetached = errors.New("entangle: the port was transferred")
	// so Receive cannot take its messages
	ErrPushed = errors.New("entangle: the port belongs to an event loop: use OnMessage")
	// so OnMessage would never be called
	ErrPulled = errors.New("entangle: the port belongs to no event loop: Adopt it first")
)

func dataCloneError(format string, args ...any) error {
	return &clone.DOMException{Name: "DataCloneError", Message: fmt.Sprintf(format, args...)}
}

func syntaxError(format string, args ...any) error {
	return &clone.DOMException{Name: "SyntaxError", Message: fmt.Sprintf(format, args...)}
}

func invalidStateError(format string, args ...any) error {
	return &clone.DOMException{Name: "InvalidStateError", Message: fmt.Sprintf(format, args...)}
}
