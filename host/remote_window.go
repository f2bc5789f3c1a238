package host

import (
	"strconv"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// remoteWindow is the WindowProxy of a navigable whose document is of another origin than the
// script that holds it.
type remoteWindow struct{ navigable *navigable }

// object returns the members.
func (w *remoteWindow) object() *remoteObject {
	return &remoteObject{navigable: w.navigable, members: remoteWindowMembers}
}

var remoteWindowMembers []remoteMember

func init() { // the members refer to functions that refer to the members
	itself := func(c *qjs.Call, n *navigable) (qjs.Value, error) { return proxyFor(c, n), nil }
	nothing := func(*qjs.Call, *navigable) (qjs.Value, error) { return qjs.Undefined(), nil }
	remoteWindowMembers = []remoteMember{
		{name: "window", get: itself},
		{name: "self", get: itself},
		{name: "location", get: remoteLocation, set: setHref},
		{name: "close", method: closeWindow},
		{name: "closed", get: closedWindow},
		{name: "focus", method: nothing},
		{name: "blur", method: nothing},
		{name: "frames", get: itself},
		{name: "length", get: framesLength},
		{name: "top", get: topWindow},
		{name: "opener", get: openerWindow},
		{name: "parent", get: parentWindow},
		{name: "postMessage", length: 1, method: postMessage},
	}
	remoteLocationMembers = []remoteMember{
		{name: "href", set: setHref},
		{name: "replace", length: 1, method: replaceLocation},
	}
}

// proxyFor returns a navigable's WindowProxy for the function that is called.
func proxyFor(c *qjs.Call, n *navigable) qjs.Value {
	return agentOf(settings.Of(c.Realm)).windowProxy(c.Realm, n)
}

// frame returns the property of a frame: by index, or by its target name.
func (w *remoteWindow) frame(realm *qjs.Realm, key qjs.Key) (p qjs.Property, found bool) {
	a := agentOf(settings.Of(realm))
	if index, ok := key.Index(); ok {
		if child := w.navigable.child(index); child != nil {
			return qjs.Property{Value: a.windowProxy(realm, child), Flags: qjs.Configurable | qjs.Enumerable}, true
		}
		return qjs.Property{}, false
	}
	if name, ok := key.Name(realm); ok {
		if child := w.navigable.childNamed(name); child != nil {
			return qjs.Property{Value: a.windowProxy(realm, child), Flags: qjs.Configurable}, true
		}
	}
	return qjs.Property{}, false
}

// GetOwnProperty implements [qjs.Exotic], as do the methods below.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#windowproxy-getownproperty
func (w *remoteWindow) GetOwnProperty(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	_, isIndex := key.Index()
	if !isIndex {
		if p, ok := w.object().own(realm, key); ok {
			return p, true, nil
		}
	}
	if p, ok := w.frame(realm, key); ok {
		return p, true, nil
	}
	if isIndex {
		return qjs.Property{}, false, securityError()
	}
	return fallback(realm, key)
}

func (w *remoteWindow) GetPrototypeOf(*qjs.Realm) (qjs.Value, error) { return qjs.Null(), nil }
func (w *remoteWindow) SetPrototypeOf(_ *qjs.Realm, prototype qjs.Value) (bool, error) {
	return prototype.IsNull(), nil
}
func (w *remoteWindow) IsExtensible(*qjs.Realm) (bool, error)      { return true, nil }
func (w *remoteWindow) PreventExtensions(*qjs.Realm) (bool, error) { return false, nil }
func (w *remoteWindow) DefineOwnProperty(*qjs.Realm, qjs.Key, qjs.PropertyChange) (bool, error) {
	return false, securityError()
}

func (w *remoteWindow) HasProperty(realm *qjs.Realm, key qjs.Key) (bool, error) {
	_, found, err := w.GetOwnProperty(realm, key)
	return found, err
}

func (w *remoteWindow) GetProperty(realm *qjs.Realm, key qjs.Key, receiver qjs.Value) (qjs.Value, error) {
	p, _, err := w.GetOwnProperty(realm, key)
	return getRemote(realm, p, receiver, err)
}

func (w *remoteWindow) SetProperty(realm *qjs.Realm, key qjs.Key, value, receiver qjs.Value) (bool, error) {
	return w.object().SetProperty(realm, key, value, receiver)
}

func (w *remoteWindow) DeleteProperty(*qjs.Realm, qjs.Key) (bool, error) {
	return false, securityError()
}

// OwnPropertyKeys lists the frames' indices before the rest.
func (w *remoteWindow) OwnPropertyKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := range w.navigable.length() {
		keys = append(keys, realm.String(strconv.Itoa(i)))
	}
	rest, err := w.object().OwnPropertyKeys(realm)
	return append(keys, rest...), err
}

// remoteLocationMembers are what may be used of a Location of another origin.
var remoteLocationMembers []remoteMember

type remoteLocationsKey struct{ navigable *navigable }

// remoteLocation returns the Location object of a window of another origin.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-location-interface
func remoteLocation(c *qjs.Call, n *navigable) (qjs.Value, error) {
	s := settings.Of(c.Realm)
	return s.Slot(remoteLocationsKey{n}, func() any {
		ref := c.Runtime().NewRef(c.Realm.NewExotic(&remoteObject{navigable: n, members: remoteLocationMembers}))
		s.OnDestroy(ref.Free)
		return ref
	}).(*qjs.Ref).Value(), nil
}
