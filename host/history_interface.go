package host

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/heap"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// history is a History object.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-history-interface
type history struct {
	webidl.Platform
	window *window
	state  *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (h *history) Trace(visit func(*qjs.Ref)) { visit(h.state) }

var historyInterface = &webidl.Interface{Name: "History", Exposed: webidl.Window}

func init() { // the members navigate, which makes windows
	historyInterface.Attributes = []webidl.Attribute{
		{Name: "length", Get: webidl.Getter(func(_ *qjs.Realm, h *history) (qjs.Value, error) {
			if err := h.active(); err != nil {
				return qjs.Value{}, err
			}
			n := h.window.navigable
			n.host.mu.Lock()
			defer n.host.mu.Unlock()
			return qjs.Int(int32(max(len(n.history.entries), 1))), nil
		})},
		{
			Name: "scrollRestoration",
			Get:  webidl.Getter(func(realm *qjs.Realm, _ *history) (qjs.Value, error) { return realm.String("auto"), nil }),
			Set:  webidl.Setter(func(*qjs.Realm, *history, qjs.Value) error { return nil }),
		},
		{Name: "state", Get: webidl.Getter(func(_ *qjs.Realm, h *history) (qjs.Value, error) {
			if err := h.active(); err != nil || h.state == nil {
				return qjs.Null(), err
			}
			return h.state.Value(), nil
		})},
	}
	historyInterface.Operations = []webidl.Operation{
		{Name: "go", Func: webidl.Method(func(c *qjs.Call, h *history) (qjs.Value, error) {
			delta := int32(0)
			if !c.Arg(0).IsUndefined() {
				var err error
				if delta, err = webidl.Long(c.Realm, c.Arg(0)); err != nil {
					return qjs.Value{}, err
				}
			}
			return qjs.Undefined(), h.traverse(int(delta))
		})},
		{Name: "back", Func: webidl.Method(func(_ *qjs.Call, h *history) (qjs.Value, error) { return qjs.Undefined(), h.traverse(-1) })},
		{Name: "forward", Func: webidl.Method(func(_ *qjs.Call, h *history) (qjs.Value, error) { return qjs.Undefined(), h.traverse(1) })},
		{Name: "pushState", Length: 2, Func: webidl.Method(func(c *qjs.Call, h *history) (qjs.Value, error) {
			return qjs.Undefined(), h.push(c, false)
		})},
		{Name: "replaceState", Length: 2, Func: webidl.Method(func(c *qjs.Call, h *history) (qjs.Value, error) {
			return qjs.Undefined(), h.push(c, true)
		})},
	}
}

func (h *history) active() error {
	if !h.window.isActive() {
		return webidl.DOMException("SecurityError", "the document is not active")
	}
	return nil
}

// push is the shared history push/replace state steps.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#shared-history-push/replace-state-steps
func (h *history) push(c *qjs.Call, replace bool) error {
	if err := h.active(); err != nil {
		return err
	}
	w := h.window
	record, err := heap.SerializeForStorage(c.Realm, c.Arg(0))
	if err != nil {
		return err
	}
	url := w.document.URL
	if v := c.Arg(2); !v.IsNullish() {
		text, err := webidl.USVString(c.Realm, v)
		if err != nil {
			return err
		}
		resolved, err := resolveURL(w.baseURL(), text)
		if err != nil || !changeable(url, resolved) {
			return webidl.DOMException("SecurityError", "a document of %s cannot have the URL %s", url, text)
		}
		url = resolved
	}
	w.updateHistory(url, record, replace)
	return h.restore(record)
}

// updateHistory is the URL and history update steps: the same document has another URL.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#url-and-history-update-steps
func (w *window) updateHistory(url string, state *clone.Record, replace bool) {
	w.host.mu.Lock()
	w.navigable.history.push(historyEntry{url: url, state: state, document: w.entry}, replace || w.source.initial)
	w.host.mu.Unlock()
	w.setURL(url)
}

func (w *window) setURL(url string) {
	w.host.mu.Lock()
	w.source.url = url
	w.host.mu.Unlock()
	w.document.URL, w.settings.CreationURL = url, url
	w.host.addresses.set(w.settings.Messaging, url)
}

// restore sets history.state.
func (h *history) restore(record *clone.Record) error {
	old := h.state
	h.state = nil
	old.Free()
	if record == nil {
		return nil
	}
	v, err := heap.Deserialize(h.Realm(), record, nil)
	if err != nil {
		return err
	}
	h.state = h.Realm().Runtime().NewRef(v)
	webidl.ValueOf(h) // whose wrapper keeps it
	return nil
}

// traverse goes back or forward, in a task.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#delta-traverse
func (h *history) traverse(delta int) error {
	if err := h.active(); err != nil {
		return err
	}
	w := h.window
	w.settings.QueueTask(eventloop.DOMManipulation, func() {
		if delta == 0 {
			w.navigable.navigate(w.document.URL, navigateOptions{source: w, replace: true, reload: true})
			return
		}
		w.host.mu.Lock()
		entry, ok := w.navigable.history.step(delta)
		w.host.mu.Unlock()
		switch {
		case !ok:
		case entry.document == w.entry:
			w.traverseWithin(entry)
		default:
			w.navigable.navigate(entry.url, navigateOptions{source: w, traversal: true})
		}
	})
	return nil
}

// traverseWithin goes to another entry of the same document.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#update-document-for-history-step-application
func (w *window) traverseWithin(entry historyEntry) {
	old := w.document.URL
	w.setURL(entry.url)
	if err := w.history.restore(entry.state); err != nil {
		w.settings.ReportException(err)
	}
	state := qjs.Null()
	if w.history.state != nil {
		state = w.history.state.Value()
	}
	event.FirePopState(w, state)
	if old != entry.url && withoutFragment(old) == withoutFragment(entry.url) {
		event.FireHashChange(w, old, entry.url)
	}
}
