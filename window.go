package entangle

import (
	"slices"
	"sync"

	"github.com/entangle-go/entangle/eventloop"
)

// Window is a window: it has a name, can be sent messages, and can connect to other windows. All
// methods may be called concurrently; listeners are called by its agent's event loop.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-window-object
type Window struct {
	global         *Global
	opener, parent *Window
	secure         bool // it is a secure context

	// Guarded by UserAgent.mu.
	name       string
	readyState ReadyState
	active     bool // its document is its navigable's active one; it is fully active if the parent's is too
	children   []*Window
	destroyed  bool

	mu                                   sync.Mutex // guards the fields below; taken before a channel's and the loop's
	onmessage, onmessageerror, onconnect func(*MessageEvent)
	posted                               postedMessages
}

// ReadyState is how far a document was loaded.
//
// https://html.spec.whatwg.org/multipage/dom.html#current-document-readiness
type ReadyState string

const (
	Loading     ReadyState = "loading"     // connectTo does not find it yet
	Interactive ReadyState = "interactive" // it was parsed
	Complete    ReadyState = "complete"
)

// WindowOptions say what a window is.
type WindowOptions struct {
	// Origin is that of its document. The zero value: the parent's, else the opener's, else a
	// new opaque one.
	Origin Origin
	// Partition separates users of one origin, see [StorageKey].
	Partition string
	// Name is what connectTo finds it by.
	Name string
	// Opener is the window that opened it, Parent the one it is a frame of.
	Opener, Parent *Window
	// Agent is whose event loop it uses. nil: the parent's or opener's, if that has the same origin,
	// else a new one.
	Agent *Agent
	// ReadyState is how far its document was loaded. "": Complete.
	ReadyState ReadyState
}

// NewWindow returns a window. Its document is fully active, unless it is a frame of a window whose
// is not. A frame of a destroyed window is destroyed.
func (ua *UserAgent) NewWindow(options WindowOptions) *Window {
	w := &Window{
		opener: options.Opener, parent: options.Parent,
		name: options.Name, readyState: options.ReadyState, active: true,
	}
	if w.readyState == "" {
		w.readyState = Complete
	}
	global := GlobalOptions{Agent: options.Agent, Origin: options.Origin, Partition: options.Partition}
	for _, creator := range []*Window{w.parent, w.opener} {
		if creator == nil {
			continue
		}
		if global.Origin.IsZero() {
			global.Origin = creator.Origin()
		}
		if global.Agent == nil && global.Origin == creator.Origin() {
			global.Agent = creator.global.agent
		}
	}
	if global.Agent == nil {
		global.Agent = ua.NewAgent()
	}
	w.global = ua.NewGlobal(global)
	w.global.window, w.global.document = w, w.global.loop.NewDocument()
	w.global.waiting.loop, w.global.waiting.document = w.global.loop, w.global.document
	w.secure = w.Origin().potentiallyTrustworthy() && (w.parent == nil || w.parent.secure)

	if !ua.register(w) {
		w.Destroy()
	}
	return w
}

// register makes a new window known, unless it is a frame of a destroyed one.
func (ua *UserAgent) register(w *Window) bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if w.parent != nil {
		if w.parent.destroyed {
			return false
		}
		w.parent.children = append(w.parent.children, w)
	}
	key := w.global.storageKey
	ua.windows[key] = append(ua.windows[key], w)
	w.updateActivity()
	return true
}

// Global returns the window's global: what its channels are made of.
func (w *Window) Global() *Global { return w.global }

// Agent returns whose event loop the window uses.
func (w *Window) Agent() *Agent { return w.global.agent }

// Origin returns the origin of the window's document.
func (w *Window) Origin() Origin { return w.global.Origin() }

// Opener returns the window that opened it, or nil.
func (w *Window) Opener() *Window { return w.opener }

// Parent returns the window it is a frame of, or nil.
func (w *Window) Parent() *Window { return w.parent }

// Name returns the window's name.
func (w *Window) Name() string {
	w.userAgent().mu.Lock()
	defer w.userAgent().mu.Unlock()
	return w.name
}

// SetName gives the window another name. It is found by it from now on, also by connectTo calls
// that wait already; existing channels stay.
func (w *Window) SetName(name string) {
	w.userAgent().mu.Lock()
	defer w.userAgent().mu.Unlock()
	w.name = name
	w.answerRequests()
}

// ReadyState returns how far the window's document was loaded.
func (w *Window) ReadyState() ReadyState {
	w.userAgent().mu.Lock()
	defer w.userAgent().mu.Unlock()
	return w.readyState
}

// SetReadyState says how far the window's document was loaded.
func (w *Window) SetReadyState(state ReadyState) {
	w.userAgent().mu.Lock()
	defer w.userAgent().mu.Unlock()
	w.readyState = state
	w.answerRequests()
}

// FullyActive reports whether the window's document is fully active.
func (w *Window) FullyActive() bool { return w.global.document.State() == eventloop.FullyActive }

// SetActive says whether the window's document is the one that its navigable shows. One that
// is kept for going back to is not; then neither it nor its frames are fully active, and
// their tasks wait.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#fully-active
func (w *Window) SetActive(active bool) {
	w.userAgent().mu.Lock()
	defer w.userAgent().mu.Unlock()
	w.active = active
	w.updateActivity()
}

// Destroy destroys the window's document and those of its frames: their ports are closed, their
// tasks are dropped.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#destroy-a-document-and-its-descendants
func (w *Window) Destroy() {
	ua := w.userAgent()
	ua.mu.Lock()
	gone := w.destroy()
	ua.mu.Unlock()
	for _, w := range gone {
		w.global.close()
		w.dropPosted()
	}
}

func (w *Window) userAgent() *UserAgent { return w.global.userAgent }

// destroy takes the window and its frames away and returns them, frames first; their globals are to
// be closed. UserAgent.mu is held.
func (w *Window) destroy() []*Window {
	if w.destroyed {
		return nil
	}
	var gone []*Window
	for _, child := range slices.Clone(w.children) {
		gone = append(gone, child.destroy()...)
	}
	w.destroyed = true
	w.global.document.Destroy()
	is := func(other *Window) bool { return other == w }
	if w.parent != nil {
		w.parent.children = slices.DeleteFunc(w.parent.children, is)
	}
	ua, key := w.userAgent(), w.global.storageKey
	if rest := slices.DeleteFunc(ua.windows[key], is); len(rest) > 0 {
		ua.windows[key] = rest
	} else {
		delete(ua.windows, key)
	}
	return append(gone, w)
}

// updateActivity tells the event loop whether the document and those of the frames are fully
// active. UserAgent.mu is held.
func (w *Window) updateActivity() {
	if w.destroyed {
		return
	}
	w.global.document.SetFullyActive(w.active && (w.parent == nil || w.parent.FullyActive()))
	w.answerRequests()
	for _, child := range w.children {
		child.updateActivity()
	}
}
