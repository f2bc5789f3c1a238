package host

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// windowProxies are the WindowProxy objects of an agent: one for each navigable that its scripts
// have come to know, the same one while the navigable lives. Of a navigable whose document is the
// agent's it is the global object of the realm itself, so that access costs nothing; otherwise it
// is an exotic object that shows what the standard allows to other origins. On navigation the
// object keeps its identity and becomes the one or the other.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-windowproxy-exotic-object
type windowProxies map[*navigable]*windowProxy

type windowProxy struct {
	ref   *qjs.Ref
	realm *qjs.Realm // whose global object it is; nil: it is exotic
}

// windowProxy returns the WindowProxy of a navigable for script of the agent; null if there is none
// any more. realm is the asker's.
func (a *agent) windowProxy(realm *qjs.Realm, n *navigable) qjs.Value {
	if n == nil {
		return qjs.Null()
	}
	if p := a.windows[n]; p != nil {
		return p.ref.Value()
	}
	if !n.alive() {
		return qjs.Null()
	}
	exotic := realm.NewExotic(&remoteWindow{navigable: n})
	a.windows[n] = &windowProxy{ref: a.runtime.NewRef(exotic)}
	return exotic
}

// alive reports whether the navigable is not closed.
func (n *navigable) alive() bool {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return !n.closed
}

// setRealm makes the navigable's WindowProxy the global object of a new realm. Before any script of
// the realm ran.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#set-the-active-document
func (a *agent) setRealm(n *navigable, realm *qjs.Realm) {
	p := a.windows[n]
	switch {
	case p == nil:
		a.windows[n] = &windowProxy{ref: a.runtime.NewRef(realm.Global()), realm: realm}
	case p.realm == nil:
		a.runtime.SwapGlobal(realm, p.ref.Value())
		p.realm = realm
	default:
		a.runtime.SwapGlobals(p.realm, realm)
		p.realm = realm
	}
}

// setRemote makes the navigable's WindowProxy exotic: its document is another agent's from now on.
func (a *agent) setRemote(n *navigable) {
	p := a.windows[n]
	if p == nil || p.realm == nil {
		return
	}
	a.runtime.SwapGlobal(p.realm, p.realm.NewExotic(&remoteWindow{navigable: n}))
	p.realm = nil
}

// forgetWindow lets the WindowProxy of a closed navigable go. Script that holds it
// keeps it as it is.
func (a *agent) forgetWindow(n *navigable) {
	if p := a.windows[n]; p != nil {
		delete(a.windows, n)
		p.ref.Free()
	}
}

// forgetEverywhere makes all agents of a group forget closed navigables.
func (h *Host) forgetEverywhere(g *group, gone []*navigable) {
	h.mu.Lock()
	var agents []*agent
	for _, a := range g.agents {
		agents = append(agents, a)
	}
	h.mu.Unlock()
	for _, a := range agents {
		a.post(func() {
			for _, n := range gone {
				a.forgetWindow(n)
			}
		})
	}
}

// navigableOf returns the navigable that a WindowProxy stands for, from whatever origin, and
// whether v is one.
func navigableOf(rt *qjs.Runtime, v qjs.Value) (*navigable, bool) {
	if remote, ok := v.GoObject().(*remoteWindow); ok {
		return remote.navigable, true
	}
	if realm := rt.RealmOfGlobal(v); realm != nil {
		if w := windowOf(settings.Of(realm)); w != nil {
			return w.navigable, true
		}
	}
	return nil, false
}
