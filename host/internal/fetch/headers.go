package fetch

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// guard says what may be done to headers.
//
// https://fetch.spec.whatwg.org/#concept-headers-guard
type guard int

const (
	guardNone guard = iota
	guardImmutable
	guardRequest
	guardRequestNoCORS
	guardResponse
)

// Headers is the interface Headers.
//
// https://fetch.spec.whatwg.org/#headers-class
type Headers struct {
	webidl.Platform
	list   headerList
	guard  guard
	memory settings.Memory
}

// Finalize implements qjs.Finalizer.
func (h *Headers) Finalize() { h.memory.Release() }

// hold counts a header that is about to be added.
func (h *Headers) hold(r *qjs.Realm, name, value string) error {
	n := len(name) + len(value) + 32
	return h.memory.Hold(r.Runtime(), n, func() int { return h.list.size() + n })
}

// HeadersInterface is the interface Headers.
var HeadersInterface = &webidl.Interface{
	Name: "Headers", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		h := &Headers{}
		return h, h.fill(c.Realm, c.Arg(0))
	},
	Operations: []webidl.Operation{
		{Name: "append", Length: 2, Func: webidl.Method(func(c *qjs.Call, h *Headers) (qjs.Value, error) {
			name, value, err := toHeader(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Undefined(), h.append(c.Realm, name, value)
		})},
		{Name: "delete", Length: 1, Func: webidl.Method(deleteHeader)},
		{Name: "get", Length: 1, Func: byHeaderName(func(r *qjs.Realm, h *Headers, name string) qjs.Value {
			if value, ok := h.list.get(name); ok {
				return fromByteString(r, value)
			}
			return qjs.Null()
		})},
		{Name: "getSetCookie", Func: webidl.Method(func(c *qjs.Call, h *Headers) (qjs.Value, error) {
			var cookies []qjs.Value
			for _, header := range h.list.sortAndCombine() {
				if header.name == "set-cookie" {
					cookies = append(cookies, fromByteString(c.Realm, header.value))
				}
			}
			return c.Realm.NewArray(cookies...), nil
		})},
		{Name: "has", Length: 1, Func: byHeaderName(func(_ *qjs.Realm, h *Headers, name string) qjs.Value { return qjs.Bool(h.list.has(name)) })},
		{Name: "set", Length: 2, Func: webidl.Method(setHeader)},
	},
	Iterable: &webidl.Iterable{Pair: func(r *qjs.Realm, object any, i int) (key, value qjs.Value, ok bool) {
		sorted := object.(*Headers).list.sortAndCombine()
		if i >= len(sorted) {
			return qjs.Value{}, qjs.Value{}, false
		}
		return r.String(sorted[i].name), fromByteString(r, sorted[i].value), true
	}},
}

// fromByteString makes a string of bytes, each a character.
func fromByteString(r *qjs.Realm, s string) qjs.Value {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return r.String(string(runes))
}

func toHeader(c *qjs.Call) (name, value string, err error) {
	if name, err = webidl.ByteString(c.Realm, c.Arg(0)); err != nil {
		return "", "", err
	}
	value, err = webidl.ByteString(c.Realm, c.Arg(1))
	return name, value, err
}

func byHeaderName(get func(*qjs.Realm, *Headers, string) qjs.Value) qjs.Func {
	return webidl.Method(func(c *qjs.Call, h *Headers) (qjs.Value, error) {
		name, err := webidl.ByteString(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		if !isToken(name) {
			return qjs.Value{}, webidl.TypeError("%.100q is not the name of a header", name)
		}
		return get(c.Realm, h, name), nil
	})
}

// validate reports whether a header may be changed; the error is for one that cannot be.
//
// https://fetch.spec.whatwg.org/#headers-validate
func (h *Headers) validate(name, value string) (bool, error) {
	switch {
	case !isToken(name):
		return false, webidl.TypeError("%.100q is not the name of a header", name)
	case !isValue(value):
		return false, webidl.TypeError("%.100q is not the value of a header", value)
	case h.guard == guardImmutable:
		return false, webidl.TypeError("the headers are immutable")
	case h.guard == guardRequest && isForbiddenRequestHeader(name, value):
		return false, nil
	case h.guard == guardResponse && (sameName(name, "set-cookie") || sameName(name, "set-cookie2")):
		return false, nil
	}
	return true, nil
}

// append appends a header.
//
// https://fetch.spec.whatwg.org/#concept-headers-append
func (h *Headers) append(r *qjs.Realm, name, value string) error {
	value = normalizeValue(value)
	if ok, err := h.validate(name, value); err != nil || !ok {
		return err
	}
	if h.guard == guardRequestNoCORS {
		whole := value
		if before, ok := h.list.get(name); ok {
			whole = before + ", " + value
		}
		if !isSafelisted(name, whole) {
			return nil
		}
	}
	if len(h.list) >= maxHeaders {
		return webidl.RangeError("a list may have %d headers", maxHeaders)
	}
	if err := h.hold(r, name, value); err != nil {
		return err
	}
	h.list.add(name, value)
	return nil
}

func setHeader(c *qjs.Call, h *Headers) (qjs.Value, error) {
	name, value, err := toHeader(c)
	if err != nil {
		return qjs.Value{}, err
	}
	value = normalizeValue(value)
	if ok, err := h.validate(name, value); err != nil || !ok || h.guard == guardRequestNoCORS && !isSafelisted(name, value) {
		return qjs.Undefined(), err
	}
	if len(h.list) >= maxHeaders && !h.list.has(name) {
		return qjs.Value{}, webidl.RangeError("a list may have %d headers", maxHeaders)
	}
	if err := h.hold(c.Realm, name, value); err != nil {
		return qjs.Value{}, err
	}
	h.list.set(name, value)
	return qjs.Undefined(), nil
}

func deleteHeader(c *qjs.Call, h *Headers) (qjs.Value, error) {
	name, err := webidl.ByteString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	if ok, err := h.validate(name, ""); err != nil || !ok {
		return qjs.Undefined(), err
	}
	h.list.remove(name)
	return qjs.Undefined(), nil
}

// fill appends the headers of a HeadersInit: a sequence of pairs, or a record.
//
// https://fetch.spec.whatwg.org/#concept-headers-fill
func (h *Headers) fill(r *qjs.Realm, v qjs.Value) error {
	if v.IsUndefined() {
		return nil
	}
	if !v.IsObject() {
		return webidl.TypeError("headers are a sequence or a record")
	}
	text := settings.Counting(webidl.ByteString)
	method, err := v.Get(r, qjs.SymbolIterator)
	if err != nil {
		return err
	}
	if method.IsNullish() {
		record, err := webidl.RecordOf(text, text)(r, v)
		if err != nil {
			return err
		}
		for _, entry := range record {
			if err := h.append(r, entry.Key, entry.Value); err != nil {
				return err
			}
		}
		return nil
	}
	pairs, err := webidl.SequenceOf(webidl.SequenceOf(text))(r, v)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if len(pair) != 2 {
			return webidl.TypeError("a header has a name and a value, not %d elements", len(pair))
		}
		if err := h.append(r, pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}
