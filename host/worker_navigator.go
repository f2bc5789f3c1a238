package host

import (
	"runtime"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// userAgentName is what scripts and servers are told of the host.
const userAgentName = "Mozilla/5.0 (compatible) Entangle"

// workerNavigator is a WorkerNavigator object.
//
// https://html.spec.whatwg.org/multipage/workers.html#the-workernavigator-object
type workerNavigator struct{ webidl.Platform }

var workerNavigatorInterface = &webidl.Interface{
	Name: "WorkerNavigator", Exposed: webidl.Worker,
	Attributes: navigatorAttributes,
}

// navigatorAttributes are those of the mixins that Navigator and WorkerNavigator have in common.
// The navigator compatibility mode is Gecko.
//
// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object
var navigatorAttributes = []webidl.Attribute{
	navigatorString("appCodeName", "Mozilla"),
	navigatorString("appName", "Netscape"),
	navigatorString("appVersion", "5.0"),
	navigatorString("platform", ""),
	navigatorString("product", "Gecko"),
	navigatorString("userAgent", userAgentName),
	navigatorString("language", "en-US"),
	{Name: "languages", Get: func(c *qjs.Call) (qjs.Value, error) {
		return webidl.FrozenArray(c.Realm, c.Realm.String("en-US")), nil
	}},
	{Name: "onLine", Get: func(c *qjs.Call) (qjs.Value, error) { return c.Realm.Bool(true), nil }},
	{Name: "hardwareConcurrency", Get: func(c *qjs.Call) (qjs.Value, error) {
		return c.Realm.Number(float64(runtime.GOMAXPROCS(0))), nil
	}},
}

func navigatorString(name, value string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: func(c *qjs.Call) (qjs.Value, error) { return c.Realm.String(value), nil }}
}
