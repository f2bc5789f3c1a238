package clone

import (
	"bytes"
	"math/big"
	"strconv"
)

// decodeOptions say how decodeBody builds values.
type decodeOptions struct {
	copy    bool  // the result must not alias body
	ordered bool  // Objects become *Object
	local   bool  // body was written in this process
	beside  []any // by it
}

// checkBody returns the error that decodeBody would return, and builds nothing.
func checkBody(body []byte, holders []Holder) error {
	_, err := Read(nothing{}, body, ReadOptions{MaxDepth: networkDepth, Ports: len(portValues(holders))})
	return err
}

// readOptions returns the reader's options. Bytes from the network have stricter ones than bytes
// from this process.
func (o decodeOptions) readOptions(ports int) ReadOptions {
	if o.local {
		return ReadOptions{Ports: ports, beside: o.beside, trusted: true}
	}
	return ReadOptions{MaxDepth: networkDepth, Ports: ports}
}

// decodeBody returns the value of a record of bytes.
func decodeBody(body []byte, holders []Holder, options decodeOptions) (any, error) {
	ports := portValues(holders)
	g := &goBuilder{options: options, ports: ports}
	if len(body) > 512 {
		g.names = new([64]string)
	}
	return Read(g, body, options.readOptions(len(ports)))
}

// goBuilder builds canonical Go values.
type goBuilder struct {
	options decodeOptions
	ports   []any
	names   *[64]string // keys that occurred, by hash; nil: not worth it
}

func (g *goBuilder) Undefined() (any, error)        { return Undefined, nil }
func (g *goBuilder) Null() (any, error)             { return nil, nil }
func (g *goBuilder) Boolean(b bool) (any, error)    { return b, nil }
func (g *goBuilder) Number(n float64) (any, error)  { return number(n), nil }
func (g *goBuilder) BigInt(n *big.Int) (any, error) { return n, nil }
func (g *goBuilder) String(s []byte) (any, error)   { return string(s), nil }

// name returns a key as a string.
//
// OPTIMIZATION: many objects have the same keys; they share them.
func (g *goBuilder) name(key []byte) string {
	n := len(key)
	if g.names == nil || n == 0 || n > 32 {
		return string(key)
	}
	cached := &g.names[(n+int(key[0])*7+int(key[n-1])*31)%len(g.names)]
	if *cached != string(key) {
		*cached = string(key)
	}
	return *cached
}

func (g *goBuilder) Boxed(primitive any) (any, error) {
	switch p := primitive.(type) {
	case bool:
		return &BooleanObject{p}, nil
	case float64:
		return &NumberObject{p}, nil
	case string:
		return &StringObject{p}, nil
	}
	return &BigIntObject{primitive.(*big.Int)}, nil
}

func (g *goBuilder) Date(time float64) (any, error) { return &Date{time}, nil }

func (g *goBuilder) RegExp(source, flags []byte) (any, error) {
	return &RegExp{string(source), string(flags)}, nil
}

func (g *goBuilder) own(data []byte) []byte {
	if g.options.copy {
		return bytes.Clone(data)
	}
	return data
}

func (g *goBuilder) ArrayBuffer(data []byte) (any, error) { return NewArrayBuffer(g.own(data)), nil }

func (g *goBuilder) ResizableArrayBuffer(data []byte, maxByteLength int) (any, error) {
	return NewResizableArrayBuffer(g.own(data), maxByteLength)
}

func (g *goBuilder) TypedArray(kind Kind, buffer any, byteOffset, length int) (any, error) {
	return &TypedArray{kind, buffer.(Buffer), byteOffset, max(length, 0), length < 0}, nil
}

func (g *goBuilder) DataView(buffer any, byteOffset, byteLength int) (any, error) {
	return &DataView{buffer.(Buffer), byteOffset, max(byteLength, 0), byteLength < 0}, nil
}

func (g *goBuilder) Map(n int) (any, error) { return &Map{entries: make([]MapEntry, 0, n)}, nil }

func (g *goBuilder) MapSet(m, key, value any) error {
	m.(*Map).Set(key, value)
	return nil
}

func (g *goBuilder) Set(n int) (any, error) {
	return &Set{Map{entries: make([]MapEntry, 0, n)}}, nil
}

func (g *goBuilder) SetAdd(set, value any) error {
	set.(*Set).Add(value)
	return nil
}

func (g *goBuilder) Object(n int) (any, error) {
	if !g.options.ordered {
		return make(map[string]any, n), nil
	}
	o := &Object{}
	o.properties.grow(n)
	return o, nil
}

func (g *goBuilder) Property(object any, key []byte, value any) error {
	switch o := object.(type) {
	case map[string]any:
		o[g.name(key)] = value
	case *Object:
		o.Set(g.name(key), value)
	case *Array:
		o.Set(g.name(key), value)
	}
	return nil
}

func (g *goBuilder) Array(n int) (any, error) { return make([]any, n), nil }

func (g *goBuilder) SparseArray(length uint32, n int) (any, error) {
	a := NewArray(length)
	a.properties.grow(n)
	return a, nil
}

func (g *goBuilder) Element(array any, i int, value any) error {
	if dense, ok := array.([]any); ok {
		dense[i] = value
	} else {
		array.(*Array).properties.set(strconv.Itoa(i), value)
	}
	return nil
}

func (g *goBuilder) Error(e ErrorData) (any, error) {
	return &Error{Name: e.Name, Message: e.Message, HasMessage: e.HasMessage, Stack: e.Stack}, nil
}

func (g *goBuilder) Cause(e, cause any) error {
	e.(*Error).Cause, e.(*Error).HasCause = cause, true
	return nil
}

func (g *goBuilder) DOMException(name, message []byte) (any, error) {
	return &DOMException{Name: string(name), Message: string(message)}, nil
}

func (g *goBuilder) Blob(mediaType, data []byte) (any, error) {
	return NewBlob(g.own(data), string(mediaType)), nil
}

func (g *goBuilder) File(name, mediaType []byte, lastModified float64, data []byte) (any, error) {
	return &File{Blob{string(mediaType), g.own(data)}, string(name), lastModified}, nil
}

func (g *goBuilder) FileList(files []any) (any, error) {
	list := &FileList{Files: make([]*File, len(files))}
	for i, file := range files {
		list.Files[i] = file.(*File)
	}
	return list, nil
}

func (g *goBuilder) Port(n int) (any, error) { return g.ports[n], nil }

// Beside returns the object itself: it belongs to this receiver, or is never changed, or is
// meant to be shared.
func (g *goBuilder) Beside(object any) (any, error) {
	switch o := object.(type) {
	case *SharedArrayBuffer:
		return &SharedArrayBuffer{o.block}, nil
	case *DOMException:
		own := *o
		return &own, nil
	}
	return object, nil
}
