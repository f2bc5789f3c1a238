// Package entangle is web messaging, as in the HTML Standard, for Go programs.
package entangle

import (
	"context"
	"errors"
	"iter"

	"github.com/entangle-go/entangle/clone"
)

// Transferable is what may stand in a transfer list.
type Transferable = clone.Transferable

var (
	ErrClosed   = errors.New("entangle: the channel is closed")
	ErrLost     = errors.New("entangle: the channel is lost")
	ErrDetached = errors.New("entangle: the port was transferred")
	ErrPushed   = errors.New("entangle: the port belongs to an event loop")
	ErrPulled   = errors.New("entangle: the port belongs to no event loop")
)

type (
	MessageChannel struct{ Port1, Port2 *MessagePort }
	MessagePort    struct{ _ int }
	MessageEvent   struct {
		Type   string // "message" or "messageerror"
		Origin Origin
		Source any
		Ports  []*MessagePort
	}
	Origin struct{ _ *int }
	Peer   interface {
		Post(*clone.Record) error
		Close()
	}
	Inbox    struct{ _ int }
	Shipment struct {
		Queue   []*clone.Record
		Peer    Peer
		Partner *Inbox
		Closed  bool
	}
)

func ParseOrigin(s string) (Origin, error) { return Origin{}, nil }
func (Origin) String() string              { return "" }

func NewMessageChannel() *MessageChannel                                       { return nil }
func (p *MessagePort) PostMessage(message any, transfer ...Transferable) error { return nil }
func (p *MessagePort) Post(ctx context.Context, message any, transfer ...Transferable) error {
	return nil
}
func (p *MessagePort) Receive(ctx context.Context) (*MessageEvent, error)           { return nil, nil }
func (p *MessagePort) Messages(ctx context.Context) iter.Seq2[*MessageEvent, error] { return nil }
func (p *MessagePort) Start()                                                       {}
func (p *MessagePort) Close()                                                       {}
func (p *MessagePort) OnMessage(func(*MessageEvent)) error                          { return nil }
func (p *MessagePort) OnMessageError(func(*MessageEvent)) error                     { return nil }
func (p *MessagePort) OnClose(func()) error                                         { return nil }
func (p *MessagePort) Release() (*MessagePort, error)                               { return nil, nil }
func (p *MessagePort) Detached() bool                                               { return false }
func (p *MessagePort) NewHolder() clone.Holder                                      { return nil }
func (e *MessageEvent) Data() any                                                   { return nil }
func (e *MessageEvent) Decode(dst any) error                                        { return nil }
func Receive[T any](ctx context.Context, port *MessagePort) (v T, err error)        { return }
func EntanglePeer(peer Peer) (*MessagePort, *Inbox)                                 { return nil, nil }
func (i *Inbox) Post(r *clone.Record)                                               {}
func (i *Inbox) Close(lost bool)                                                    {}
func (i *Inbox) Behind(n int)                                                       {}
func Ship(port *MessagePort, peer Peer) (Shipment, error)                           { return Shipment{}, nil }
