package event

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces are the interfaces of this package, and DOMException.
var Interfaces = []*webidl.Interface{
	webidl.DOMExceptionInterface,
	EventTargetInterface, EventInterface, CustomEventInterface, MessageEventInterface, ErrorEventInterface, PromiseRejectionEventInterface,
	HashChangeEventInterface, PopStateEventInterface, PageTransitionEventInterface, BeforeUnloadEventInterface, CloseEventInterface,
	ProgressEventInterface, UIEventInterface, MouseEventInterface, KeyboardEventInterface,
	AbortControllerInterface, AbortSignalInterface,
}
