package messaging

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/heap"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// objects is the conversion to sequence<object>.
var objects = webidl.SequenceOf(func(_ *qjs.Realm, v qjs.Value) (qjs.Value, error) {
	if !v.IsObject() {
		return v, webidl.TypeError("a member of the transfer list is not an object")
	}
	return v, nil
})

// PostMessage runs the method postMessage of a port, of a Worker, or of the global of a dedicated
// worker. It has the overloads
//
//	undefined postMessage(any message, sequence<object> transfer);
//	undefined postMessage(any message, optional StructuredSerializeOptions options = {});
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-postmessage
func PostMessage(c *qjs.Call, port *entangle.MessagePort) error {
	transfer, err := transferArgument(c)
	if err != nil {
		return err
	}
	m := heap.NewMessage(c.Realm, c.Arg(0), transfer)
	return port.PostMessage(m, m.Transfer()...)
}

// transferArgument reads the second argument of postMessage: a transfer list, or a
// dictionary with one.
func transferArgument(c *qjs.Call) ([]qjs.Value, error) {
	v := c.Arg(1)
	if v.IsNullish() {
		return nil, nil
	}
	if v.IsObject() {
		method, err := v.Get(c.Realm, qjs.SymbolIterator)
		if err != nil {
			return nil, err
		}
		if !method.IsNullish() {
			return objects(c.Realm, v)
		}
	}
	options, err := webidl.ToDictionary(c.Realm, v, "StructuredSerializeOptions")
	if err != nil {
		return nil, err
	}
	transfer := webidl.Member(options, "transfer", objects, nil)
	return transfer, options.Err()
}

// PostToWindow runs the method postMessage of a window, called from the incumbent one. It
// has the overloads
//
//	undefined postMessage(any message, USVString targetOrigin,
//	                      optional sequence<object> transfer = []);
//	undefined postMessage(any message, optional WindowPostMessageOptions options = {});
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-window-postmessage
func PostToWindow(c *qjs.Call, window, incumbent *entangle.Window) error {
	targetOrigin, transfer, err := windowArguments(c)
	if err != nil {
		return err
	}
	m := heap.NewMessage(c.Realm, c.Arg(0), transfer)
	return window.PostMessage(incumbent, m, entangle.WindowPostMessageOptions{TargetOrigin: targetOrigin, Transfer: m.Transfer()})
}

func windowArguments(c *qjs.Call) (targetOrigin string, transfer []qjs.Value, err error) {
	v := c.Arg(1)
	if len(c.Args) > 2 || !v.IsNullish() && !v.IsObject() {
		if targetOrigin, err = webidl.USVString(c.Realm, v); err != nil {
			return "", nil, err
		}
		if targetOrigin == "" {
			targetOrigin = "invalid" // it is no URL, but for package entangle the default
		}
		if list := c.Arg(2); !list.IsUndefined() {
			transfer, err = objects(c.Realm, list)
		}
		return targetOrigin, transfer, err
	}
	options, err := webidl.ToDictionary(c.Realm, v, "WindowPostMessageOptions")
	if err != nil {
		return "", nil, err
	}
	transfer = webidl.Member(options, "transfer", objects, nil)
	targetOrigin = webidl.Member(options, "targetOrigin", webidl.USVString, "/")
	if targetOrigin == "" {
		targetOrigin = "invalid"
	}
	return targetOrigin, transfer, options.Err()
}
