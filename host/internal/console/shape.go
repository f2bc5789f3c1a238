package console

import (
	"fmt"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// shape is what an object is and holds, apart from its properties.
type shape struct {
	prefix  string
	list    bool            // shown in square brackets
	alone   bool            // the prefix says all
	bare    bool            // without properties the prefix says all
	entries func() []string // of an array, a Map, …
}

// nothing are the entries of most objects.
func nothing() []string { return nil }

// describe says what an object is.
func (p *inspector) describe(v qjs.Value) shape {
	class := v.Class()
	switch {
	case class == qjs.ClassProxy:
		return shape{prefix: "[Proxy]", alone: true}
	case class == qjs.ClassExotic:
		return shape{prefix: "[object Object]", alone: true}
	case class == qjs.ClassGlobal:
		return shape{prefix: "[global object]", alone: true}
	case v.IsFunction():
		return shape{prefix: p.function(v), bare: true, entries: nothing}
	case class == qjs.ClassArray:
		return p.array(v)
	case class == qjs.ClassMap, class == qjs.ClassSet:
		return p.collection(v)
	case class == qjs.ClassError:
		return shape{prefix: p.errorText(v), bare: true, entries: func() []string { return p.cause(v) }}
	case class == qjs.ClassPromise:
		return shape{prefix: "Promise", entries: func() []string { return p.promise(v) }}
	case class == qjs.ClassDate:
		return shape{prefix: p.method(v, "Date", "toISOString", "Invalid Date"), bare: true, entries: nothing}
	case class == qjs.ClassRegExp:
		return shape{prefix: p.method(v, "RegExp", "toString", "RegExp"), bare: true, entries: nothing}
	case class == qjs.ClassArrayBuffer, class == qjs.ClassSharedArrayBuffer:
		return shape{prefix: p.constructor(v), entries: func() []string {
			memory, _ := v.Bytes() // nothing of a detached one
			return []string{fmt.Sprintf("byteLength: %d", len(memory))}
		}}
	case class.IsView() && class != qjs.ClassDataView:
		return p.typedArray(v)
	case class == qjs.ClassNumber, class == qjs.ClassString, class == qjs.ClassBoolean:
		return p.boxed(v)
	case class == qjs.ClassPlatform:
		return p.platform(v)
	}
	return p.plain(v)
}

// plain describes any other object; that of a class has its name.
func (p *inspector) plain(v qjs.Value) shape {
	name := p.constructor(v)
	if name == "Object" {
		name = ""
	}
	if tag := p.data(v, qjs.SymbolToStringTag); tag.IsString() && p.text(tag) != name {
		name = strings.TrimSpace(name + " [" + p.text(tag) + "]")
	}
	return shape{prefix: name, entries: nothing}
}

// platform describes a platform object; a DOMException looks like an error.
func (p *inspector) platform(v qjs.Value) shape {
	if e, ok := webidl.As[*webidl.Exception](v); ok {
		text := e.DOMException.Error()
		if stack := p.data(v, "stack"); stack.IsString() && p.text(stack) != "" {
			text += "\n" + strings.TrimRight(p.text(stack), "\n")
		}
		return shape{prefix: text, bare: true, entries: nothing}
	}
	if named, ok := webidl.As[interface{ Interface() *webidl.Interface }](v); ok && named.Interface() != nil {
		name := p.constructor(v)
		if name == "Object" {
			name = named.Interface().Name
		}
		return shape{prefix: name, entries: func() []string { return p.attributes(v, named.Interface()) }}
	}
	return p.plain(v)
}

// attributes shows those of a platform object that are text, numbers and the like. A
// node has too many.
func (p *inspector) attributes(v qjs.Value, of *webidl.Interface) []string {
	var entries []string
	for i := of; i != nil; i = i.Parent {
		if i.Name == "Node" {
			return nil
		}
		for _, a := range i.Attributes {
			value, err := a.Get(&qjs.Call{Realm: p.realm, This: v})
			if err == nil && !value.IsObject() && !value.IsNullish() && len(entries) < maxEntries {
				entries = append(entries, a.Name+": "+p.shape(value))
			}
		}
	}
	return entries
}

// constructor returns the name of the function that the nearest prototype names as its constructor.
func (p *inspector) constructor(v qjs.Value) string {
	for object := v; object.IsObject() && object.Class() != qjs.ClassProxy; object = p.prototype(object) {
		if c, found, err := object.GetOwn(p.realm, "constructor"); err == nil && found && !c.Accessor && c.Value.IsFunction() {
			if name := p.data(c.Value, "name"); name.IsString() && p.text(name) != "" {
				return p.text(name)
			}
		}
	}
	return "[Object: null prototype]"
}

// prototype returns the prototype of what is no proxy; null of an exotic object, which may refuse.
func (p *inspector) prototype(v qjs.Value) qjs.Value {
	if v.Class() == qjs.ClassExotic {
		return qjs.Null()
	}
	return v.Prototype(p.realm)
}

// data reads a data property of an object or its prototypes.
func (p *inspector) data(v qjs.Value, key any) qjs.Value {
	for depth := 0; v.IsObject() && v.Class() != qjs.ClassProxy && v.Class() != qjs.ClassExotic && depth < 1000; depth++ {
		property, found, err := v.GetOwn(p.realm, key)
		if err != nil || found && property.Accessor {
			break
		}
		if found {
			return property.Value
		}
		v = p.prototype(v)
	}
	return qjs.Value{}
}

func (p *inspector) function(v qjs.Value) string {
	name := ""
	if n := p.data(v, "name"); n.IsString() {
		name = p.text(n)
	}
	kind := "Function"
	if source := p.method(v, "Function", "toString", ""); strings.HasPrefix(source, "class") {
		kind = "class"
	} else if strings.HasPrefix(source, "async") {
		kind = "AsyncFunction"
	}
	switch {
	case name == "":
		return "[" + kind + " (anonymous)]"
	case kind == "class":
		return "[class " + name + "]"
	}
	return "[" + kind + ": " + name + "]"
}

// method calls a method of a built-in prototype.
func (p *inspector) method(v qjs.Value, class, name, otherwise string) string {
	f, err := p.realm.Intrinsic("%"+class+".prototype%").Get(p.realm, name)
	if err != nil {
		return otherwise
	}
	result, err := f.Call(p.realm, v)
	if err != nil || !result.IsString() {
		return otherwise
	}
	return p.text(result)
}

// errorText is name, message and stack of an error.
func (p *inspector) errorText(v qjs.Value) string {
	name, message := "Error", ""
	if n := p.data(v, "name"); n.IsString() {
		name = p.text(n)
	}
	if m := p.data(v, "message"); m.IsString() && p.text(m) != "" {
		message = ": " + p.text(m)
	}
	text := name + message
	stack := ""
	if s := p.data(v, "stack"); s.IsString() {
		stack = strings.TrimRight(p.text(s), "\n")
	}
	switch {
	case stack == "":
		return "[" + text + "]"
	case strings.HasPrefix(stack, text):
		return stack
	}
	return text + "\n" + stack
}

func (p *inspector) cause(v qjs.Value) []string {
	var entries []string
	for _, name := range []string{"cause", "errors"} {
		if c, found, err := v.GetOwn(p.realm, name); err == nil && found && !c.Accessor && c.Flags&qjs.Enumerable == 0 {
			entries = append(entries, "["+name+"]: "+p.show(c.Value))
		}
	}
	return entries
}

func (p *inspector) promise(v qjs.Value) []string {
	state, result := v.PromiseState(p.realm)
	switch state {
	case qjs.Pending:
		return []string{"<pending>"}
	case qjs.Rejected:
		return []string{"<rejected> " + p.show(result)}
	}
	return []string{p.show(result)}
}

func (p *inspector) boxed(v qjs.Value) shape {
	class := map[qjs.Class]string{qjs.ClassNumber: "Number", qjs.ClassString: "String", qjs.ClassBoolean: "Boolean"}[v.Class()]
	inner := "?"
	if f, err := p.realm.Intrinsic("%"+class+".prototype%").Get(p.realm, "valueOf"); err == nil {
		if value, err := f.Call(p.realm, v); err == nil {
			inner = p.shape(value)
		}
	}
	return shape{prefix: "[" + class + ": " + inner + "]", bare: true, entries: nothing}
}
