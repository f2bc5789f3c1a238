package host

import (
	"context"
	"slices"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/dom"
)

// navigable is what shows one document after the other: a page or a frame. A window's WindowProxy
// stands for it.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#navigable
//
// A browsing context is the same thing here: where the standard takes a new one for a page (a
// switch of the browsing context group), group changes and who knew the page as it was has a
// closed window.
type navigable struct {
	host  *Host
	depth int // how many frames it is inside of; 0 for a page

	// Guarded by Host.mu.
	group      *group
	parent     *navigable
	children   []*navigable // in the order of their making
	opener     *navigable
	name       string // the target name
	active     *window
	closed     bool // a page that is closed, a frame that was removed
	closing    bool // window.close() was called
	sandbox    sandboxFlags
	mayIsolate bool // the iframe allows cross-origin isolation
	scripted   bool // made by script, so that script may close it
	popup      bool
	history    sessionHistory
	navigation uint64 // of the navigation under way; a larger number takes its place
	cancel     context.CancelFunc

	// Of a frame; only touched by the agent of the parent's document, which does not
	// change in its life.
	container      *dom.Element
	containerAgent *agent
	release        func() // lets the load event of the document around come; nil if it does not wait

	session storages // of a page

	page *Page // what Go opened, or nil
}

// group is a browsing context group: the pages that can reach each other.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#browsing-context-group
type group struct {
	host *Host

	// Guarded by Host.mu.
	agents   map[agentKey]*agent
	pages    map[*navigable]struct{}
	isolated bool // cross-origin isolated
}

// agentKey says which documents of a group share an agent.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#obtain-similar-origin-window-agent
type agentKey struct{ origin entangle.Origin }

func (h *Host) newGroup() *group {
	return &group{host: h, agents: map[agentKey]*agent{}, pages: map[*navigable]struct{}{}}
}

// top returns the page that a navigable is or is in. Host.mu is held.
func (n *navigable) top() *navigable {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

// isAncestorOf reports whether other is inside of n. Host.mu is held.
func (n *navigable) isAncestorOf(other *navigable) bool {
	for other = other.parent; other != nil; other = other.parent {
		if other == n {
			return true
		}
	}
	return false
}

// descendants returns the navigables inside of n, parents first. Host.mu is held.
func (n *navigable) descendants() []*navigable {
	var all []*navigable
	for _, child := range n.children {
		all = append(append(all, child), child.descendants()...)
	}
	return all
}

// child returns the frame with the index, or nil.
func (n *navigable) child(index int) *navigable {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	if index < 0 || index >= len(n.children) {
		return nil
	}
	return n.children[index]
}

// childNamed returns the first frame with the target name, or nil.
func (n *navigable) childNamed(name string) *navigable {
	if name == "" {
		return nil
	}
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	for _, child := range n.children {
		if child.name == name {
			return child
		}
	}
	return nil
}

// length returns the number of frames.
func (n *navigable) length() int {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return len(n.children)
}

// window returns the active window; nil before there is one and after the end.
func (n *navigable) window() *window {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return n.active
}

// isClosed reports what window.closed says.
func (n *navigable) isClosed() bool {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return n.closed || n.closing
}

// setName gives the navigable another target name, by which connectTo finds its window, too.
func (n *navigable) setName(name string) {
	n.host.mu.Lock()
	n.name = name
	active := n.active
	n.host.mu.Unlock()
	if active != nil {
		active.entangled.SetName(name)
	}
}

// targetName returns the target name.
func (n *navigable) targetName() string {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return n.name
}

// remove takes a navigable and all inside of it out of the tree for good and returns the windows to
// destroy, the inner ones first. Host.mu is held.
func (n *navigable) remove() []*window {
	if n.closed {
		return nil
	}
	var gone []*window
	for _, child := range slices.Clone(n.children) {
		gone = append(gone, child.remove()...)
	}
	if n.cancel != nil {
		n.cancel()
	}
	n.closed = true
	n.navigation++
	if n.active != nil {
		gone = append(gone, n.active)
		n.active = nil
	}
	if n.parent != nil {
		n.parent.children = slices.DeleteFunc(n.parent.children, func(other *navigable) bool { return other == n })
		return gone
	}
	delete(n.group.pages, n)
	return gone
}

// familiar reports whether a window of the origin may find the navigable by its name.
// Host.mu is held.
//
// https://html.spec.whatwg.org/multipage/browsers.html#familiar-with
func (n *navigable) familiar(with *navigable) bool {
	sameOrigin := func(a, b *navigable) bool {
		return a.active != nil && b.active != nil && a.active.origin == b.active.origin
	}
	switch {
	case sameOrigin(with, n), n.isAncestorOf(with):
		return true
	case n.opener != nil && with.familiarOpener(n.opener):
		return true
	}
	for ancestor := n.parent; ancestor != nil; ancestor = ancestor.parent {
		if sameOrigin(with, ancestor) {
			return true
		}
	}
	return false
}

func (n *navigable) familiarOpener(opener *navigable) bool {
	return opener == n || opener.active != nil && n.active != nil && opener.active.origin == n.active.origin
}

// find chooses a navigable by its target name; nil if there is none.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#the-rules-for-choosing-a-navigable
func (n *navigable) find(target string) *navigable {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	switch strings.ToLower(target) {
	case "", "_self":
		return n
	case "_parent":
		if n.parent != nil {
			return n.parent
		}
		return n
	case "_top":
		return n.top()
	case "_blank":
		return nil
	}
	// Its own frames and itself first, then the page, then the other pages of the group.
	trees := []*navigable{n, n.top()}
	for page := range n.group.pages {
		trees = append(trees, page)
	}
	slices.SortStableFunc(trees[2:], func(a, b *navigable) int { return a.history.compare(&b.history) })
	for _, root := range trees {
		for _, candidate := range append([]*navigable{root}, root.descendants()...) {
			if candidate.name == target && !candidate.closed && !candidate.closing && candidate.familiar(n) {
				return candidate
			}
		}
	}
	return nil
}

// mayNavigate reports whether a document of source may navigate the target.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#allowed-by-sandboxing-to-navigate
func (n *navigable) mayNavigate(target *navigable, flags sandboxFlags) bool {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	switch {
	case n == target, n.isAncestorOf(target):
		return true
	case target.isAncestorOf(n):
		if target.parent == nil {
			return flags&sandboxedTopLevelNavigation == 0
		}
		return flags&sandboxedNavigation == 0
	case target.parent == nil:
		return flags&sandboxedNavigation == 0 || target.opener == n
	}
	return flags&sandboxedNavigation == 0
}
