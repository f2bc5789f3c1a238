package entangle

import (
	"runtime"

	"github.com/entangle-go/entangle/clone"
)

// Detached reports whether the port was transferred or closed.
func (p *MessagePort) Detached() bool {
	if p.blank() {
		return true
	}
	p.channel.mu.Lock()
	defer p.channel.mu.Unlock()
	_, err := p.open()
	runtime.KeepAlive(p)
	return err != nil
}

// NewHolder implements [clone.Transferable].
func (p *MessagePort) NewHolder() clone.Holder { return &portHolder{source: p} }

// portHolder is the transfer data holder of a port. In transit nobody holds the port
// but its record.
type portHolder struct {
	port   MessagePort // the receiving handle, blank until Transfer
	source *MessagePort
}

// Value returns the receiving port.
func (h *portHolder) Value() any { return &h.port }

// Transfer runs the transfer steps. The queue stays where it is; only the handle changes.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports:transfer-steps
func (h *portHolder) Transfer() error {
	switch err := h.transfer(); err {
	case nil:
		return nil
	case ErrDetached:
		return dataCloneError("a port that was transferred cannot be transferred again")
	default:
		return dataCloneError("a closed port cannot be transferred")
	}
}

// transfer is Transfer with the errors ErrDetached and ErrClosed.
func (h *portHolder) transfer() error {
	p := h.source
	h.source = nil
	if p.blank() {
		return ErrDetached
	}
	c := p.channel
	c.lock(p.turn & 1)
	defer c.unlock(p.turn & 1)
	e, err := p.open()
	if err != nil {
		return err
	}
	e.turn += 2
	e.leave(ErrDetached)
	h.port = MessagePort{c, e.turn}
	e.handle = &h.port
	if e.watch {
		c.watchEnd(e.turn & 1)
	}
	runtime.KeepAlive(p)
	return nil
}

// Receive runs the transfer-receiving steps. realm is a *Global, or nil if the port
// is to be pulled.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports:transfer-receiving-steps
func (h *portHolder) Receive(realm any) error {
	g, _ := realm.(*Global)
	h.port.enter(g)
	return nil
}

// enter gives a port that is in transit to a global, or to none.
func (p *MessagePort) enter(g *Global) {
	if g == nil || p.blank() {
		return
	}
	c := p.channel
	c.lock(p.turn & 1)
	e, err := p.open()
	if err != nil {
		c.unlock(p.turn & 1)
		return
	}
	e.global = g
	if g.loop != nil {
		for event := e.first; event != nil; event = event.next {
			event.number = g.loop.Number()
		}
		c.queueTasks(p.turn & 1)
	}
	c.unlock(p.turn & 1)
	// After e.global is set, for own forgets channels that do not belong to the global. Either
	// Global.close finds this one, or own tells.
	if !g.own(c) {
		p.Close()
	}
	runtime.KeepAlive(p)
}

// Discard closes the port, which arrives nowhere.
func (h *portHolder) Discard() { h.port.Close() }

// discard loses records that were not received: the ports in them are closed, and so is, in turn,
// what waits in their queues.
// OPTIMIZATION: with a list, not recursion: ports in the queues of ports in queues may go deep.
func discard(records ...*clone.Record) {
	for i := 0; i < len(records); i++ {
		r := records[i]
		records[i] = nil
		for _, holder := range r.Holders() {
			h, ok := holder.(*portHolder)
			if !ok || h.port.blank() {
				continue
			}
			c := h.port.channel
			c.lock(h.port.turn & 1)
			dropped, request := c.close(h.port.turn)
			c.unlock(h.port.turn & 1)
			if request != nil {
				request.cancel()
			}
			records = dropped.appendHolding(records)
		}
		r.Discard() // the other holders; the ports are closed already
	}
}

// appendHolding appends the records, of a chain of events, that hold anything.
func (e *MessageEvent) appendHolding(records []*clone.Record) []*clone.Record {
	for ; e != nil; e = e.next {
		if e.record != nil && len(e.record.Holders()) > 0 {
			records = append(records, e.record)
		}
	}
	return records
}

// Adopt takes a port to the global's event loop: a local transfer. The old handle is detached; the
// new one is pushed, and not started. The error is ErrDetached or ErrClosed.
func (g *Global) Adopt(port *MessagePort) (*MessagePort, error) { return port.move(g) }

// Release takes a port from its event loop: a local transfer, after which it is pulled. The old
// handle is detached. The error is ErrDetached or ErrClosed.
func (p *MessagePort) Release() (*MessagePort, error) { return p.move(nil) }

func (p *MessagePort) move(g *Global) (*MessagePort, error) {
	moved := &portHolder{source: p}
	if err := moved.transfer(); err != nil {
		return nil, err
	}
	moved.port.enter(g)
	return &moved.port, nil
}
