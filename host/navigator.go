package host

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// navigator is a Navigator object.
//
// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object
type navigator struct{ webidl.Platform }

var navigatorInterface = &webidl.Interface{
	Name: "Navigator", Exposed: webidl.Window,
	Attributes: join(navigatorAttributes, []webidl.Attribute{
		navigatorString("productSub", "20100101"),
		navigatorString("vendor", ""),
		navigatorString("vendorSub", ""),
		{Name: "cookieEnabled", Get: func(*qjs.Call) (qjs.Value, error) { return qjs.Bool(true), nil }},
		{Name: "webdriver", Get: func(*qjs.Call) (qjs.Value, error) { return qjs.Bool(true), nil }},
		{Name: "pdfViewerEnabled", Get: func(*qjs.Call) (qjs.Value, error) { return qjs.Bool(false), nil }},
	}),
	Operations: []webidl.Operation{
		{Name: "javaEnabled", Func: func(*qjs.Call) (qjs.Value, error) { return qjs.Bool(false), nil }},
	},
}

type navigatorKey struct{}

func navigatorOf(_ *qjs.Realm, w *window) (qjs.Value, error) {
	realm := w.settings.Realm
	return settings.Of(realm).Slot(navigatorKey{}, func() any {
		ref := realm.Runtime().NewRef(webidl.Wrap(realm, navigatorInterface, &navigator{}))
		w.settings.OnDestroy(ref.Free)
		return ref
	}).(*qjs.Ref).Value(), nil
}
