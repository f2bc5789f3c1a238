package dom

import (
	"math"
	"strconv"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// What follows makes members of interfaces; package html uses it, too.

// Text is a read-only string attribute.
func Text[T any](name string, get func(o T) string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(realm *qjs.Realm, o T) (qjs.Value, error) {
		return realm.String(get(o)), nil
	})}
}

// TextSet is a string attribute; null becomes "" if it says so.
func TextSet[T Object](name string, get func(o T) string, set func(o T, text string) error, nullIsEmpty bool) webidl.Attribute {
	convert := webidl.DOMString
	if nullIsEmpty {
		convert = webidl.LegacyNullToEmptyString
	}
	a := Text(name, get)
	a.Set = webidl.Setter(func(realm *qjs.Realm, o T, v qjs.Value) error {
		text, err := convert(realm, v)
		if err != nil {
			return err
		}
		if err := o.AsNode().document.Room(len(text)); err != nil {
			return err
		}
		return set(o, text)
	})
	return a
}

// OrNull is a read-only string attribute that is null if the string is empty.
func OrNull[T any](name string, get func(o T) string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(realm *qjs.Realm, o T) (qjs.Value, error) {
		if text := get(o); text != "" {
			return realm.String(text), nil
		}
		return qjs.Null(), nil
	})}
}

// Flag is a boolean attribute; set may be nil.
func Flag[T any](name string, get func(o T) bool, set func(o T, on bool)) webidl.Attribute {
	a := webidl.Attribute{Name: name, Get: webidl.Getter(func(_ *qjs.Realm, o T) (qjs.Value, error) { return qjs.Bool(get(o)), nil })}
	if set != nil {
		a.Set = webidl.Setter(func(_ *qjs.Realm, o T, v qjs.Value) error {
			set(o, v.Bool())
			return nil
		})
	}
	return a
}

// Int is a read-only number attribute.
func Int[T any](name string, get func(o T) int) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(_ *qjs.Realm, o T) (qjs.Value, error) {
		return qjs.Number(float64(get(o))), nil
	})}
}

// Val is a read-only attribute of any type.
func Val[T any](name string, get func(o T) qjs.Value) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(_ *qjs.Realm, o T) (qjs.Value, error) { return get(o), nil })}
}

// Reflect is a string attribute that reflects a content attribute.
//
// https://html.spec.whatwg.org/multipage/common-dom-interfaces.html#reflecting-content-attributes-in-idl-attributes
func Reflect(name, attribute string) webidl.Attribute {
	return TextSet(name, func(e *Element) string { return e.Attr(attribute) },
		func(e *Element, text string) error { e.Set(attribute, text); return nil }, false)
}

// ReflectBool reflects a boolean content attribute.
func ReflectBool(name, attribute string) webidl.Attribute {
	return Flag(name, func(e *Element) bool { return e.Has(attribute) }, func(e *Element, on bool) { e.SetBool(attribute, on) })
}

// ReflectInt reflects an integer content attribute, which is the default if it is none.
func ReflectInt(name, attribute string, missing int) webidl.Attribute {
	a := Int(name, func(e *Element) int {
		if n, err := strconv.Atoi(Strip(e.Attr(attribute))); err == nil && n >= math.MinInt32 && n <= math.MaxInt32 {
			return n
		}
		return missing
	})
	a.Set = webidl.Setter(func(realm *qjs.Realm, e *Element, v qjs.Value) error {
		n, err := webidl.Long(realm, v)
		if err == nil {
			e.Set(attribute, strconv.Itoa(int(n)))
		}
		return err
	})
	return a
}

// ReflectEnum reflects a content attribute that is limited to known values; an invalid one is the
// last argument.
func ReflectEnum(name, attribute string, values []string, missing, invalid string) webidl.Attribute {
	return TextSet(name, func(e *Element) string {
		text, ok := e.Get(attribute)
		if !ok {
			return missing
		}
		text = lower(text)
		for _, v := range values {
			if v == text {
				return v
			}
		}
		return invalid
	}, func(e *Element, text string) error { e.Set(attribute, text); return nil }, false)
}

// Do is an operation.
func Do[T any](name string, length int, steps func(c *qjs.Call, o T) (qjs.Value, error)) webidl.Operation {
	return webidl.Operation{Name: name, Length: length, Func: webidl.Method(steps)}
}

// ToNode is the conversion to a Node.
var ToNode = webidl.To[Object]("Node")

// nodeArg is a required argument of type Node.
func nodeArg(c *qjs.Call, i int) (*Node, error) {
	o, err := ToNode(c.Realm, c.Arg(i))
	if err != nil {
		return nil, err
	}
	return o.AsNode(), nil
}

// nodeOrNull is an argument of type Node?.
func nodeOrNull(c *qjs.Call, i int) (*Node, error) {
	if c.Arg(i).IsNullish() {
		return nil, nil
	}
	return nodeArg(c, i)
}

// StringArg is a DOMString argument.
func StringArg(c *qjs.Call, i int) (string, error) { return webidl.DOMString(c.Realm, c.Arg(i)) }

// nullableString is a DOMString? argument, "" for null.
func nullableString(c *qjs.Call, i int) (string, error) {
	if c.Arg(i).IsNullish() {
		return "", nil
	}
	return StringArg(c, i)
}

// current finds the document of a realm's window.
type current struct{ document *Document }

type currentKey struct{}

// SetCurrent makes d the document of its realm's window.
func (d *Document) SetCurrent() {
	settings.Of(d.realm).Slot(currentKey{}, func() any { return new(current) }).(*current).document = d
}

// Of returns the associated document of the realm's window: the one made last with hooks.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#concept-document-window
func Of(realm *qjs.Realm) *Document {
	return settings.Of(realm).Slot(currentKey{}, func() any { return new(current) }).(*current).document
}

func of(c *qjs.Call) (*Document, error) {
	if d := Of(c.Realm); d != nil {
		return d, nil
	}
	return nil, webidl.TypeError("there is no document")
}
