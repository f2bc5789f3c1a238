package clone

import (
	"maps"
	"math/big"
	"slices"
)

// other is value for less common types: further numbers, the types of this package, and
// Go's own types.
func (c *copier) other(v any) (any, bool) {
	switch x := v.(type) {
	case int8:
		return number(float64(x)), true
	case int16:
		return number(float64(x)), true
	case uint8:
		return number(float64(x)), true
	case uint16:
		return number(float64(x)), true
	case uint32:
		return number(float64(x)), true
	case uint:
		return c.unsigned(uint64(x))
	case uint64:
		return c.unsigned(x)
	case uintptr:
		return c.unsigned(uint64(x))
	case float32:
		return number(float64(x)), true
	case *big.Int:
		if x == nil {
			return nil, true
		}
		return c.bigInt(x), true
	case *Object, *Array, *Map, *Set, *Error:
		return c.container(v)
	case *Date, *RegExp, *BooleanObject, *NumberObject, *StringObject, *BigIntObject, *ArrayBuffer, *SharedArrayBuffer,
		*TypedArray, *DataView, *DOMException, *Blob, *File, *FileList:
		if c.alias {
			return v, true
		}
		return c.container(v)
	}
	return c.foreign(v)
}

func (c *copier) bigInt(x *big.Int) *big.Int {
	c.size += x.BitLen() / 8
	if c.alias {
		return x
	}
	return new(big.Int).Set(x)
}

// container copies an object of this package: first it alone, then what it refers to.
func (c *copier) container(v any) (any, bool) {
	if pointerWord(v) == nil {
		return nil, true
	}
	if c.alias && c.settled() {
		return v, true
	}
	e := c.known(v)
	if e.value != nil {
		return e.value, true
	}
	dst, deep := c.shallow(v)
	if dst == nil {
		return nil, false
	}
	e.value = dst
	c.size += 48
	return dst, !deep || c.enter(task{into: dst})
}

// known returns the memory map's entry of an object that is a pointer.
func (c *copier) known(v any) *entry { return c.memory.find(pointerWord(v), typeWord(v), 0) }

// shallow returns a copy of an object without its content, and whether it has to be completed; nil
// if that fails.
func (c *copier) shallow(v any) (any, bool) {
	switch x := v.(type) {
	case *Object:
		return c.shallowObject(x), true
	case *Array: // 21
		return &Array{x.length, properties{slices.Clone(x.properties.list), maps.Clone(x.properties.index)}}, true
	case *Map: // 18, 26.1: the list of entries is copied first
		return &Map{entries: slices.Clone(x.entries)}, true
	case *Set: // 19
		return &Set{Map{entries: slices.Clone(x.values.entries)}}, true
	case *Error: // 20
		e := *x
		e.Name = errorName(e.Name)
		return &e, true
	case *BooleanObject: // 7
		return &BooleanObject{x.Value}, false
	case *NumberObject: // 8
		return &NumberObject{x.Value}, false
	case *BigIntObject: // 9
		if x.Value == nil {
			return &BigIntObject{new(big.Int)}, false
		}
		return &BigIntObject{c.bigInt(x.Value)}, false
	case *StringObject: // 10
		return c.strings(&StringObject{x.Value}, x.Value)
	case *Date: // 11
		return &Date{timeClip(x.Time)}, false
	case *RegExp: // 12
		return c.regExp(x)
	case *ArrayBuffer: // 13.2
		return c.arrayBuffer(x)
	case *SharedArrayBuffer: // 13.1. DEVIATION: a process is always what a browser calls cross-origin isolated
		return &SharedArrayBuffer{x.block}, false
	case *TypedArray: // 14
		view := *x
		if x.OutOfBounds() && !c.snapshot {
			return nil, c.fail(x.Kind.String() + " is out of bounds or its buffer is detached")
		}
		return &view, true
	case *DataView:
		view := *x
		if x.OutOfBounds() && !c.snapshot {
			return nil, c.fail("DataView is out of bounds or its buffer is detached")
		}
		return &view, true
	}
	return c.shallowPlatformObject(v)
}

// shallowPlatformObject runs the serialization steps of platform objects (22).
func (c *copier) shallowPlatformObject(v any) (any, bool) {
	switch x := v.(type) {
	case *DOMException:
		return c.strings(&DOMException{x.Name, x.Message, x.Stack}, x.Name, x.Message)
	case *Blob:
		return c.strings(&Blob{x.mediaType, x.data}, x.mediaType)
	case *File:
		return c.strings(&File{Blob{x.mediaType, x.data}, x.name, x.lastModified}, x.mediaType, x.name)
	case *FileList:
		return &FileList{slices.Clone(x.Files)}, true
	}
	return nil, false
}

// strings checks the strings of an object.
func (c *copier) strings(v any, list ...string) (any, bool) {
	for _, s := range list {
		if !c.string(s) {
			return nil, false
		}
	}
	return v, false
}

func (c *copier) shallowObject(o *Object) any {
	if c.objects == objectsAsMaps {
		m := make(map[string]any, o.Len())
		for key, v := range o.All() {
			m[key] = v
		}
		return m
	}
	c.ordered = true
	return &Object{properties{slices.Clone(o.properties.list), maps.Clone(o.properties.index)}}
}

func (c *copier) regExp(x *RegExp) (any, bool) {
	if !validFlags([]byte(x.Flags)) {
		return nil, c.fail("invalid flags of a regular expression")
	}
	return c.strings(&RegExp{x.Source, x.Flags}, x.Source)
}

// arrayBuffer copies a buffer.
//
// DEVIATION: a Go program without memory for it ends, instead of a RangeError.
func (c *copier) arrayBuffer(x *ArrayBuffer) (any, bool) {
	if x.detached {
		return nil, c.fail("ArrayBuffer is detached")
	}
	c.size += len(x.data)
	return &ArrayBuffer{data: append([]byte{}, x.data...), max: x.max, resizable: x.resizable}, false
}

// fillPlatform completes a shallow copy of an object of this package.
func (c *copier) fillPlatform(v any) bool {
	switch x := v.(type) {
	case *Object:
		return c.fillProperties(&x.properties)
	case *Array:
		return c.fillProperties(&x.properties)
	case *Map:
		return c.fillMap(x, true)
	case *Set:
		return c.fillMap(&x.values, false)
	case *Error:
		return c.fillError(x)
	case *TypedArray:
		return c.buffer(&x.Buffer)
	case *DataView:
		return c.buffer(&x.Buffer)
	case *FileList:
		for i, f := range x.Files {
			copied, ok := c.value(f)
			if x.Files[i], _ = copied.(*File); !ok || copied == nil {
				return ok && c.fail("FileList without a File") || c.at(indexSegment(i))
			}
		}
	}
	return true
}

// fillProperties clones the values of properties (26.4).
func (c *copier) fillProperties(p *properties) bool {
	for i := range p.list {
		property := &p.list[i]
		if !c.string(property.Key) {
			return false
		}
		w, ok := c.value(property.Value)
		if !ok {
			return c.at(propertySegment(property.Key))
		}
		property.Value = w
	}
	return true
}

// fillMap clones the entries of a Map or Set (26.1, 26.2).
func (c *copier) fillMap(m *Map, values bool) bool {
	converted := false
	for i := range m.entries {
		e := &m.entries[i]
		key, ok := c.value(e.Key)
		if !ok {
			return c.at(keySegment(i))
		}
		converted = converted || key != nil && typeWord(key) != typeWord(e.Key)
		e.Key = key
		if !values {
			continue
		}
		if e.Value, ok = c.value(e.Value); !ok {
			return c.at(entrySegment(key, i))
		}
	}
	m.reindex()
	if converted && m.hasTwins() {
		return c.fail("two keys become the same")
	}
	return true
}

func (c *copier) fillError(e *Error) bool {
	if !c.string(e.Message) || !c.string(e.Stack) {
		return c.at(".message")
	}
	if !e.HasCause {
		e.Cause = nil
		return true
	}
	cause, ok := c.value(e.Cause)
	if !ok {
		return c.at(".cause")
	}
	e.Cause = cause
	return true
}

func (c *copier) buffer(b *Buffer) bool {
	w, ok := c.value(*b)
	if !ok {
		return c.at(".buffer")
	}
	*b = w.(Buffer)
	return true
}
