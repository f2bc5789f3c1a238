package host

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
	"github.com/nlnwa/whatwg-url/url"
)

// location is a Location object.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-location-interface
type location struct {
	webidl.Platform
	window *window
}

var locationInterface = &webidl.Interface{Name: "Location", Exposed: webidl.Window}

func init() { // the members navigate, which makes windows
	locationInterface.Attributes = []webidl.Attribute{
		{Name: "href", Unforgeable: true, Get: locationGetter(func(u *url.Url) string { return u.Href(false) }),
			Set: webidl.Setter(func(realm *qjs.Realm, l *location, v qjs.Value) error {
				return l.assign(realm, v, false)
			})},
		{Name: "origin", Unforgeable: true, Get: locationGetter(func(u *url.Url) string { return originOf(u.Href(true)).String() })},
		locationURLPart("protocol", (*url.Url).Protocol, (*url.Url).SetProtocol),
		locationURLPart("host", (*url.Url).Host, (*url.Url).SetHost),
		locationURLPart("hostname", (*url.Url).Hostname, (*url.Url).SetHostname),
		locationURLPart("port", (*url.Url).Port, (*url.Url).SetPort),
		locationURLPart("pathname", (*url.Url).Pathname, (*url.Url).SetPathname),
		locationURLPart("search", (*url.Url).Search, (*url.Url).SetSearch),
		{Name: "hash", Unforgeable: true, Get: locationGetter((*url.Url).Hash), Set: webidl.Setter(setHash)},
		{Name: "ancestorOrigins", Unforgeable: true, Get: webidl.Getter(ancestorOrigins)},
	}
	locationInterface.Operations = []webidl.Operation{
		{Name: "assign", Length: 1, Unforgeable: true, Func: webidl.Method(func(c *qjs.Call, l *location) (qjs.Value, error) {
			return qjs.Undefined(), l.assign(c.Realm, c.Arg(0), false)
		})},
		{Name: "replace", Length: 1, Unforgeable: true, Func: webidl.Method(func(c *qjs.Call, l *location) (qjs.Value, error) {
			return qjs.Undefined(), l.assign(c.Realm, c.Arg(0), true)
		})},
		{Name: "reload", Unforgeable: true, Func: webidl.Method(func(_ *qjs.Call, l *location) (qjs.Value, error) {
			w := l.window
			if w.isActive() {
				w.navigable.navigate(w.document.URL, navigateOptions{source: w, referrer: w.source.referrer, replace: true, reload: true})
			}
			return qjs.Undefined(), nil
		})},
		{Name: "toString", Unforgeable: true, Func: locationGetter(func(u *url.Url) string { return u.Href(false) })},
	}
}

// url returns the URL of the document, or about:blank of a window that is not shown any more.
func (l *location) url() *url.Url {
	text := "about:blank"
	if l.window.isActive() {
		text = l.window.document.URL
	}
	u, err := url.Parse(text)
	if err != nil {
		u, _ = url.Parse("about:blank") // is a URL
	}
	return u
}

func locationGetter(part func(*url.Url) string) qjs.Func {
	return webidl.Getter(func(realm *qjs.Realm, l *location) (qjs.Value, error) { return realm.String(part(l.url())), nil })
}

// locationURLPart is an attribute that navigates to the URL with one part changed.
func locationURLPart(name string, get func(*url.Url) string, set func(*url.Url, string)) webidl.Attribute {
	return webidl.Attribute{Name: name, Unforgeable: true, Get: locationGetter(get),
		Set: webidl.Setter(func(realm *qjs.Realm, l *location, v qjs.Value) error {
			text, err := webidl.USVString(realm, v)
			if err != nil || !l.window.isActive() {
				return err
			}
			u := l.url()
			set(u, text)
			if s := u.Scheme(); name == "protocol" && s != "http" && s != "https" {
				return nil
			}
			l.window.navigable.navigateFrom(incumbentWindow(realm, l.window), u.Href(false), false)
			return nil
		})}
}

// setHash navigates to a fragment, unless it is the current one.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-location-hash
func setHash(realm *qjs.Realm, l *location, v qjs.Value) error {
	text, err := webidl.USVString(realm, v)
	if err != nil || !l.window.isActive() {
		return err
	}
	u := l.url()
	before := u.Fragment()
	u.SetHash(text)
	if u.Hash() == "" && text != "" { // "#" alone is an empty fragment, which the parser drops
		u.SetHash("")
	}
	if u.Fragment() == before {
		return nil
	}
	l.window.navigable.navigateFrom(incumbentWindow(realm, l.window), u.Href(false), false)
	return nil
}

// ancestorOrigins lists the origins of the windows around.
//
// FIXME: it is an array, not a DOMStringList.
func ancestorOrigins(realm *qjs.Realm, l *location) (qjs.Value, error) {
	h := l.window.host
	h.mu.Lock()
	var origins []string
	for n := l.window.navigable.parent; n != nil; n = n.parent {
		if n.active != nil {
			origins = append(origins, n.active.origin.String())
		}
	}
	h.mu.Unlock()
	var values []qjs.Value
	for _, o := range origins {
		values = append(values, realm.String(o))
	}
	return webidl.FrozenArray(realm, values...), nil
}

// incumbentWindow returns the window whose script is running, or otherwise.
func incumbentWindow(realm *qjs.Realm, otherwise *window) *window {
	if realm := webidl.Incumbent(realm.Runtime()); realm != nil {
		if w, ok := webidl.GlobalObject(realm).(*window); ok {
			return w
		}
	}
	return otherwise
}

// assign navigates to a URL, which is relative to who calls.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#location-object-navigate
func (l *location) assign(realm *qjs.Realm, v qjs.Value, replace bool) error {
	text, err := webidl.USVString(realm, v)
	if err != nil {
		return err
	}
	w := l.window
	if !w.isActive() {
		return nil
	}
	return w.navigable.assign(incumbentWindow(realm, w), text, replace)
}

// assign is assign of a Location, from whatever origin.
func (n *navigable) assign(caller *window, text string, replace bool) error {
	resolved, err := resolveURL(caller.baseURL(), text)
	if err != nil {
		return webidl.DOMException("SyntaxError", "%q is not a URL", text)
	}
	n.navigateFrom(caller, resolved, replace)
	return nil
}

// navigateFrom navigates on behalf of script of a window, if that is allowed.
func (n *navigable) navigateFrom(caller *window, resolved string, replace bool) {
	if !caller.navigable.mayNavigate(n, caller.source.sandbox) {
		return
	}
	// A document that is not loaded completely is replaced, unless the user did it.
	if active := n.window(); active != nil && active.agent == caller.agent && active.loading != nil && active == caller {
		replace = true
	}
	n.navigate(resolved, navigateOptions{source: caller, referrer: caller.source.referrerURL(), replace: replace})
}

func setHref(c *qjs.Call, n *navigable) (qjs.Value, error) { return assignRemote(c, n, false) }

func replaceLocation(c *qjs.Call, n *navigable) (qjs.Value, error) { return assignRemote(c, n, true) }

func assignRemote(c *qjs.Call, n *navigable, replace bool) (qjs.Value, error) {
	text, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	caller := windowOf(incumbentOf(c))
	if caller == nil {
		return qjs.Value{}, nil
	}
	return qjs.Value{}, n.assign(caller, text, replace)
}
