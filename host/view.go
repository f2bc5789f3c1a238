package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// barProp is a BarProp object: one of the bars that a browser has around a page. Popups have none.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#barprop
type barProp struct {
	webidl.Platform
	window *window
}

var barPropInterface = &webidl.Interface{
	Name: "BarProp", Exposed: webidl.Window,
	Attributes: []webidl.Attribute{{Name: "visible", Get: webidl.Getter(func(_ *qjs.Realm, b *barProp) (qjs.Value, error) {
		h := b.window.host
		h.mu.Lock()
		defer h.mu.Unlock()
		return qjs.Bool(!b.window.navigable.top().popup), nil
	})}},
}

// screen is a Screen object: that of a machine without one, as large as the view.
//
// https://drafts.csswg.org/cssom-view/#the-screen-interface
type screen struct{ webidl.Platform }

var screenInterface = &webidl.Interface{Name: "Screen", Exposed: webidl.Window}

// mediaQueryList is a MediaQueryList object. Nothing is drawn, so nothing matches, and that
// never changes.
//
// https://drafts.csswg.org/cssom-view/#the-mediaquerylist-interface
type mediaQueryList struct {
	event.Target
	media string
}

var mediaQueryListInterface = &webidl.Interface{
	Name: "MediaQueryList", Parent: event.EventTargetInterface, Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		{Name: "media", Get: webidl.Getter(func(realm *qjs.Realm, m *mediaQueryList) (qjs.Value, error) { return realm.String(m.media), nil })},
		{Name: "matches", Get: webidl.Getter(func(*qjs.Realm, *mediaQueryList) (qjs.Value, error) { return qjs.Bool(false), nil })},
		event.HandlerAttribute("change"),
	},
}

func init() {
	for name, value := range map[string]float64{
		"availWidth": viewWidth, "availHeight": viewHeight, "width": viewWidth, "height": viewHeight, "colorDepth": 24, "pixelDepth": 24,
	} {
		screenInterface.Attributes = append(screenInterface.Attributes, webidl.Attribute{
			Name: name, Get: webidl.Getter(func(*qjs.Realm, *screen) (qjs.Value, error) { return qjs.Number(value), nil }),
		})
	}
}

type sameSlot struct{ name string }

// sameObject is an attribute of windows that is always the same object.
func sameObject(name string, iface *webidl.Interface, make func(*window) webidl.Object) webidl.Attribute {
	return webidl.Attribute{Name: name, Replaceable: true, Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) {
		realm := w.settings.Realm
		return w.settings.Slot(sameSlot{name}, func() any {
			ref := realm.Runtime().NewRef(webidl.Wrap(realm, iface, make(w)))
			w.settings.OnDestroy(ref.Free)
			return ref
		}).(*qjs.Ref).Value(), nil
	})}
}

// viewObjects are the attributes whose objects tell of a view that is not there.
func viewObjects() []webidl.Attribute {
	all := []webidl.Attribute{sameObject("screen", screenInterface, func(*window) webidl.Object { return &screen{} })}
	for _, name := range []string{"locationbar", "menubar", "personalbar", "scrollbars", "statusbar", "toolbar"} {
		all = append(all, sameObject(name, barPropInterface, func(w *window) webidl.Object { return &barProp{window: w} }))
	}
	return all
}

// matchMedia is https://drafts.csswg.org/cssom-view/#dom-window-matchmedia.
func matchMedia(c *qjs.Call, w *window) (qjs.Value, error) {
	query, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	return webidl.Wrap(w.settings.Realm, mediaQueryListInterface, &mediaQueryList{media: query}), nil
}
