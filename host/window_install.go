package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// installWindow makes the objects of a new window, and puts its named properties behind
// its prototype.
func installWindow(w *window) {
	realm := w.settings.Realm
	defer w.agent.runtime.Enter()()
	w.location, w.history = &location{window: w}, &history{window: w}
	webidl.Init(w.location, realm, locationInterface)
	webidl.Init(w.history, realm, historyInterface)
	webidl.Keep(w.location)
	webidl.Keep(w.history)
	named := realm.NewNamed(webidl.InterfacePrototype(realm, event.EventTargetInterface), &namedProperties{window: w})
	_ = webidl.InterfacePrototype(realm, windowInterface).SetPrototype(realm, named)
	webidl.FixPrototypes(realm, windowInterface)
}

// namedProperties is the named properties object: frames by their names, and elements by their
// IDs and names.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#named-access-on-the-window-object
type namedProperties struct{ window *window }

// GetNamed implements [qjs.Named], as do the methods below.
func (p *namedProperties) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	w := p.window
	name, ok := key.Name(realm)
	if !ok || name == "" || w.gone || !w.isActive() {
		if key == qjs.SymbolToStringTag {
			return qjs.Property{Value: realm.String("WindowProperties"), Flags: qjs.Configurable}, true, nil
		}
		return qjs.Property{}, false, nil
	}
	if child := w.navigable.childNamed(name); child != nil {
		return qjs.Property{Value: w.agent.windowProxy(realm, child), Flags: qjs.Configurable | qjs.Writable}, true, nil
	}
	if v, ok := html.WindowNamed(w.document, name); ok {
		return qjs.Property{Value: v, Flags: qjs.Configurable | qjs.Writable}, true, nil
	}
	return qjs.Property{}, false, nil
}

// SetNamed refuses: the object cannot be changed.
func (p *namedProperties) SetNamed(*qjs.Realm, qjs.Key, qjs.Value) (mine, ok bool, err error) {
	return true, false, nil
}

// DeleteNamed refuses: the object cannot be changed.
func (p *namedProperties) DeleteNamed(*qjs.Realm, qjs.Key) (mine, ok bool, err error) {
	return true, false, nil
}

// NamedKeys lists nothing: named properties are not enumerated.
func (p *namedProperties) NamedKeys(*qjs.Realm) ([]qjs.Value, error) { return nil, nil }
