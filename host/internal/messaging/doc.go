// Package messaging is channel messaging, broadcasting and structuredClone as scripts see them:
// MessageChannel, MessagePort, BroadcastChannel and PortCollection stand for what package entangle
// has of that name.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/web-messaging.html as of 2026-08-21;
// PortCollection as of 2013.
//
// # Ports of Go programs
//
// [Adopt] gives a port of a Go program to script, [Release] takes one of script's to a Go program.
// A port in a message is one or the other by who gets it.
package messaging

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{MessageChannelInterface, MessagePortInterface, BroadcastChannelInterface, PortCollectionInterface}
}
