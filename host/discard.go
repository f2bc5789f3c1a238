package host

import "github.com/entangle-go/entangle/host/internal/qjs"

// discard closes a navigable without telling its documents, because they cannot be told: there is
// no memory for them, or their agent failed. from is the agent whose goroutine calls.
func (h *Host) discard(from *agent, n *navigable) {
	h.mu.Lock()
	if n.closed {
		h.mu.Unlock()
		return
	}
	navigables := append(n.descendants(), n)
	group, parent, page := n.group, n.parent, n.page
	gone := n.remove()
	h.navigables -= len(navigables)
	var around *window
	if parent != nil {
		around = parent.active
	}
	h.mu.Unlock()
	h.destroyWindows(from, gone)
	for _, n := range navigables {
		from.forgetWindow(n)
	}
	h.forgetEverywhere(group, navigables)
	if around != nil && around.agent == n.containerAgent {
		around.agent.post(func() {
			around.updateFrames()
			if n.release != nil {
				n.release()
			}
		})
	}
	if page != nil {
		page.ended()
	}
}

// fail ends the agent whose engine failed: its heap cannot be trusted any more. On the agent's
// goroutine, wherever the engine was.
func (a *agent) fail(err *qjs.PanicError) {
	h := a.host
	h.mu.Lock()
	a.leaveGroup()
	h.mu.Unlock()
	h.tell(ScriptError{Message: "the engine failed, which ends its pages and workers", Stack: err.Error()})
	a.close()
}

// leaveGroup keeps further documents from the agent. Host.mu is held.
func (a *agent) leaveGroup() {
	if a.group != nil && a.group.agents[a.key()] == a {
		delete(a.group.agents, a.key())
	}
}

// discardWindows closes what shows documents of an agent that failed. On its goroutine, when its
// loop has ended.
func (a *agent) discardWindows() {
	h := a.host
	h.mu.Lock()
	var navigables []*navigable
	for _, n := range h.senders {
		if n.active != nil && n.active.agent == a {
			navigables = append(navigables, n)
		}
	}
	h.mu.Unlock()
	for _, n := range navigables {
		h.discard(a, n)
	}
}
