package host

import (
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// storageEvent is a StorageEvent.
//
// https://html.spec.whatwg.org/multipage/webstorage.html#the-storageevent-interface
type storageEvent struct {
	event.Event
	storageChange
	area *qjs.Ref
}

// storageChange says what changed; nil is null.
type storageChange struct {
	key, before, after *string
	url                string
}

// Trace implements [qjs.Tracer].
func (e *storageEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.area) }

var storageEventInterface = &webidl.Interface{
	Name: "StorageEvent", Parent: event.EventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &storageEvent{}
		d, err := event.Construct(c, e, "StorageEventInit")
		if err != nil {
			return nil, err
		}
		e.key = webidl.Member(d, "key", webidl.Nullable(webidl.DOMString), nil)
		e.after = webidl.Member(d, "newValue", webidl.Nullable(webidl.DOMString), nil)
		e.before = webidl.Member(d, "oldValue", webidl.Nullable(webidl.DOMString), nil)
		if v, ok := d.Value("storageArea"); ok && v.IsObject() {
			if _, err := webidl.To[*storage]("Storage")(c.Realm, v); err != nil {
				return nil, err
			}
			e.area = c.Runtime().NewRef(v)
		}
		e.url = webidl.Member(d, "url", webidl.USVString, "")
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		storageText("key", func(e *storageEvent) *string { return e.key }),
		storageText("oldValue", func(e *storageEvent) *string { return e.before }),
		storageText("newValue", func(e *storageEvent) *string { return e.after }),
		storageText("url", func(e *storageEvent) *string { return &e.url }),
		{Name: "storageArea", Get: webidl.Getter(func(_ *qjs.Realm, e *storageEvent) (qjs.Value, error) {
			if e.area == nil {
				return qjs.Null(), nil
			}
			return e.area.Value(), nil
		})},
	},
}

func storageText(name string, get func(*storageEvent) *string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(realm *qjs.Realm, e *storageEvent) (qjs.Value, error) {
		if text := get(e); text != nil {
			return realm.String(*text), nil
		}
		return qjs.Null(), nil
	})}
}

// broadcast tells the other windows that share the area of a change.
//
// https://html.spec.whatwg.org/multipage/webstorage.html#concept-storage-broadcast
func (s *storage) broadcast(key, before, after *string) {
	from := s.window
	h := from.host
	change := storageChange{key, before, after, from.document.URL}
	h.mu.Lock()
	var others []*window
	for _, n := range h.senders {
		w := n.active
		if w != nil && w != from && w.origin == from.origin && (!s.session || w.navigable.top() == from.navigable.top()) {
			others = append(others, w)
		}
	}
	h.mu.Unlock()
	for _, w := range others {
		w.agent.postTo(eventloop.DOMManipulation, w.entangled.Global().Document(), func() { w.fireStorage(change, s.session) })
	}
}

func (w *window) fireStorage(change storageChange, session bool) {
	if w.gone || w.settings == nil {
		return
	}
	e := &storageEvent{storageChange: change}
	if area, err := w.storage(session); err == nil {
		e.area = w.agent.runtime.NewRef(area)
	}
	event.Create(e, w.settings.Realm, storageEventInterface, "storage", event.Init{})
	event.Dispatch(e, w)
}
