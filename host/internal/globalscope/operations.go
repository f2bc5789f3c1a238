package globalscope

import (
	"encoding/base64"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

var operations = []webidl.Operation{
	{Name: "queueMicrotask", Length: 1, Func: queueMicrotask},
	{Name: "reportError", Length: 1, Func: reportError},
	{Name: "btoa", Length: 1, Func: btoa},
	{Name: "atob", Length: 1, Func: atob},
}

// queueMicrotask calls a function at the next microtask checkpoint.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#dom-queuemicrotask
func queueMicrotask(c *qjs.Call) (qjs.Value, error) {
	callback, err := webidl.CallbackFunction(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	settings.Of(c.Realm).QueueMicrotask(func() {
		callback.Report(qjs.Undefined())
		callback.Free()
	})
	return qjs.Undefined(), nil
}

// reportError reports a value as if it had been thrown and not been caught.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror
func reportError(c *qjs.Call) (qjs.Value, error) {
	settings.Of(c.Realm).ReportException(c.Realm.NewException(c.Arg(0)))
	return qjs.Undefined(), nil
}

// btoa encodes a string of bytes, each a character, in Base64.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#dom-btoa
func btoa(c *qjs.Call) (qjs.Value, error) {
	s, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	data := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "the string has characters above U+00FF")
		}
		data = append(data, byte(r))
	}
	return c.Realm.String(base64.StdEncoding.EncodeToString(data)), nil
}

// atob decodes Base64 to a string of bytes.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#dom-atob
func atob(c *qjs.Call) (qjs.Value, error) {
	s, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	data, ok := decodeForgiving(s)
	if !ok {
		return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "the string is not correctly encoded")
	}
	var text strings.Builder
	for _, b := range data {
		text.WriteRune(rune(b))
	}
	return c.Realm.String(text.String()), nil
}

// decodeForgiving is forgiving-base64 decode: whitespace does not matter, nor does padding.
//
// https://infra.spec.whatwg.org/#forgiving-base64-decode
func decodeForgiving(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("\t\n\f\r ", r) {
			return -1
		}
		return r
	}, s)
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	data, err := base64.RawStdEncoding.DecodeString(s)
	return data, err == nil
}
