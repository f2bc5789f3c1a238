// Package messaging is channel messaging, broadcasting and structuredClone as scripts see them:
// MessageChannel, MessagePort, BroadcastChannel and PortCollection wrap the types of these names in
// package entangle.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/web-messaging.html as of 2026-08-21;
// PortCollection as of 2013.
//
// # Ports of Go programs
//
// [Adopt] gives a port of a Go program to script; [Release] gives a script's port to a Go program.
// A port in a message becomes one or the other by its receiver.
package messaging

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{MessageChannelInterface, MessagePortInterface, BroadcastChannelInterface, PortCollectionInterface}
}
