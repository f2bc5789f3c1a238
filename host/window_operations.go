package host

import (
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func windowOperations() []webidl.Operation {
	nothing := webidl.Method(func(*qjs.Call, *window) (qjs.Value, error) { return qjs.Undefined(), nil })
	remote := func(name string, length int, f func(*qjs.Call, *navigable) (qjs.Value, error)) webidl.Operation {
		return webidl.Operation{Name: name, Length: length, Func: windowGetter(f)}
	}
	return []webidl.Operation{
		remote("close", 0, closeWindow),
		remote("postMessage", 1, postMessage),
		remote("focus", 0, func(*qjs.Call, *navigable) (qjs.Value, error) { return qjs.Undefined(), nil }),
		remote("blur", 0, func(*qjs.Call, *navigable) (qjs.Value, error) { return qjs.Undefined(), nil }),
		{Name: "open", Func: webidl.Method(openWindow)},
		{Name: "stop", Func: webidl.Method(stopWindow)},
		{Name: "connectTo", Length: 1, Func: webidl.Method(connectTo)},
		{Name: "alert", Func: webidl.Method(alert)},
		{Name: "confirm", Func: webidl.Method(confirm)},
		{Name: "prompt", Func: webidl.Method(prompt)},
		{Name: "getComputedStyle", Length: 1, Func: html.ComputedStyle},
		{Name: "matchMedia", Length: 1, Func: webidl.Method(matchMedia)},
		{Name: "print", Func: nothing},
		{Name: "scroll", Func: nothing}, {Name: "scrollTo", Func: nothing}, {Name: "scrollBy", Func: nothing},
		{Name: "moveTo", Func: nothing}, {Name: "moveBy", Func: nothing}, {Name: "resizeTo", Func: nothing}, {Name: "resizeBy", Func: nothing},
		{Name: "captureEvents", Func: nothing}, {Name: "releaseEvents", Func: nothing},
	}
}

// IsMessageEventSource says that script may give a window as the source of a message event.
func (w *window) IsMessageEventSource() {}

// IsMessageEventSource says that script may give a window as the source of a message event.
func (w *remoteWindow) IsMessageEventSource() {}

// incumbentOf returns the incumbent settings object of a call, or that of the function's realm if
// no script runs.
func incumbentOf(c *qjs.Call) *settings.Object {
	if s := settings.Incumbent(c.Runtime()); s != nil {
		return s
	}
	return settings.Of(c.Realm)
}

// postMessage is both overloads of window.postMessage.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-window-postmessage-options
func postMessage(c *qjs.Call, n *navigable) (qjs.Value, error) {
	target := n.window()
	if target == nil {
		return qjs.Value{}, nil // it is closed
	}
	return qjs.Value{}, messaging.PostToWindow(c, target.entangled, incumbentOf(c).Window)
}

// listen lets the window's messages be events of its global.
func (w *window) listen() {
	deliver := func(e *entangle.MessageEvent) {
		if w.gone {
			return
		}
		defer w.agent.runtime.Enter()()
		messaging.Deliver(w.settings.Realm, w, e, w.agent.sourceOf(w.settings.Realm, e))
	}
	w.entangled.OnMessage(deliver)
	w.entangled.OnMessageError(deliver)
	w.ListenersChanged("connect")
}

// ListenersChanged is told by the event target. Whoever connects to a window that does not listen
// finds the port closed: so the window only seems to listen while script does.
func (w *window) ListenersChanged(eventType string) {
	if eventType != "connect" {
		return
	}
	if !w.HasListener("connect") {
		w.entangled.OnConnect(nil)
		return
	}
	w.entangled.OnConnect(func(e *entangle.MessageEvent) {
		if !w.gone {
			fireConnect(w.settings, w, e.Ports[0])
		}
	})
}

// sourceOf returns the WindowProxy of the window that sent a message; undefined if there is
// none, or no more.
func (a *agent) sourceOf(realm *qjs.Realm, e *entangle.MessageEvent) qjs.Value {
	sender, ok := e.Source.(*entangle.Window)
	if !ok {
		return qjs.Undefined()
	}
	a.host.mu.Lock()
	n := a.host.senders[sender]
	a.host.mu.Unlock()
	return a.windowProxy(realm, n)
}

// openWindow is the window open steps.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#window-open-steps
func openWindow(c *qjs.Call, w *window) (qjs.Value, error) {
	text := [3]string{"", "_blank", ""}
	for i := range text {
		if v := c.Arg(i); !v.IsUndefined() {
			var err error
			if text[i], err = webidl.USVString(c.Realm, v); err != nil {
				return qjs.Value{}, err
			}
		}
	}
	url, target := text[0], text[1]
	if !w.isActive() {
		return qjs.Null(), nil
	}
	// 1. The URL is relative to who calls.
	caller := windowOf(incumbentOf(c))
	if caller == nil {
		caller = w
	}
	if url != "" {
		resolved, err := resolveURL(caller.baseURL(), url)
		if err != nil {
			return qjs.Value{}, webidl.DOMException("SyntaxError", "%q is not a URL", url)
		}
		url = resolved
	}
	// 2. The features.
	features := parseFeatures(text[2])
	noReferrer := features.boolean("noreferrer", false)
	noOpener := noReferrer || features.boolean("noopener", false)
	delete(features, "noreferrer")
	delete(features, "noopener")
	// 3. The navigable.
	if target == "" {
		target = "_blank"
	}
	chosen, isNew := w.choose(target, noOpener, features.popup())
	if chosen == nil {
		return qjs.Null(), nil
	}
	// 4. Navigate it.
	if url != "" {
		options := navigateOptions{source: w, referrer: caller.source.referrerURL(), replace: isNew}
		if noReferrer {
			options.referrer = ""
		}
		if isNew || w.navigable.mayNavigate(chosen, w.source.sandbox) {
			chosen.navigate(url, options)
		}
	}
	if noOpener && isNew {
		return qjs.Null(), nil
	}
	if !isNew && !noOpener {
		w.host.mu.Lock()
		if chosen != w.navigable && !chosen.isAncestorOf(w.navigable) {
			chosen.opener = w.navigable
		}
		w.host.mu.Unlock()
	}
	if noOpener {
		return qjs.Null(), nil
	}
	return w.agent.windowProxy(c.Realm, chosen), nil
}

// closeWindow is window.close(): the page closes in a task.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-window-close
func closeWindow(_ *qjs.Call, n *navigable) (qjs.Value, error) {
	h := n.host
	h.mu.Lock()
	if n.parent != nil || n.closed || n.closing || !n.scripted && len(n.history.entries) > 1 {
		h.mu.Unlock()
		return qjs.Undefined(), nil
	}
	n.closing = true
	active := n.active
	h.mu.Unlock()
	if active != nil {
		active.agent.post(n.closePage)
	}
	return qjs.Undefined(), nil
}

func stopWindow(_ *qjs.Call, w *window) (qjs.Value, error) {
	w.navigable.stop()
	return qjs.Undefined(), nil
}

// alert gives a text to the console, as the user is not there. confirm is answered with no,
// prompt with nothing.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#simple-dialogs
func alert(c *qjs.Call, w *window) (qjs.Value, error) { return qjs.Undefined(), w.dialog(c, "alert") }

func confirm(c *qjs.Call, w *window) (qjs.Value, error) {
	return qjs.Bool(false), w.dialog(c, "confirm")
}

func prompt(c *qjs.Call, w *window) (qjs.Value, error) { return qjs.Null(), w.dialog(c, "prompt") }

func (w *window) dialog(c *qjs.Call, level string) error {
	text := ""
	if len(c.Args) > 0 {
		var err error
		if text, err = webidl.DOMString(c.Realm, c.Arg(0)); err != nil {
			return err
		}
	}
	if w.source.sandbox&sandboxedModals == 0 {
		w.settings.Log(level, strings.ToValidUTF8(text, "\uFFFD"))
	}
	return nil
}
