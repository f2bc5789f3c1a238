package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
)

// printedForms is the help text about values that JSON cannot express. [printer.value]
// prints them so.
const printedForms = `The command prints a message as JSON on one line. A value that JSON cannot express is
printed as an object with one key that begins with $:

  {"$undefined":true}                undefined
  {"$Number":"NaN"}                  NaN, Infinity, -Infinity, -0
  {"$BigInt":"12345678901234567890"} a BigInt
  {"$Date":"2026-08-21T12:00:00.000Z"}   null for an invalid date
  {"$RegExp":["^a+$","gi"]}          source and flags
  {"$Map":[["key",1]]}  {"$Set":[1,2]}
  {"$Error":{"name":"TypeError","message":"…","cause":…}}   also $DOMException
  {"$ArrayBuffer":"AAEC"}            bytes in base64; also $DataView
  {"$Uint8Array":[0,1,2]}            every typed array, its elements
  {"$Array":{"length":3,"2":"c"}}    an array with holes or named properties
  {"$Blob":{"type":"text/plain","bytes":"aGk="}}   $File has also name and lastModified
  {"$FileList":[…]}                  files
  {"$Object":1}                      new Number(1); so too for Boolean, String, BigInt
  {"$MessagePort":0}                 the first of the message's ports
  {"$ref":"$.a[0]"}                  the value that was printed at that place

A key of an ordinary object that begins with $ gets one more $ in front. The command
closes ports that arrive at once, because nobody here could talk to them. Input is plain
JSON; in it $ has no special meaning.`

// printer prints one message: it remembers where it printed which object. Each message
// needs a new one.
type printer struct {
	out   []byte
	path  []byte
	ports []*entangle.MessagePort
	seen  map[any]string
}

// printValue returns a canonical value as one line of JSON, without the newline.
func printValue(value any, ports []*entangle.MessagePort) []byte {
	p := printer{path: []byte("$"), ports: ports, seen: map[any]string{}}
	p.value(value)
	return p.out
}

func (p *printer) text(s string) { p.out = append(p.out, s...) }

// tag writes an object with the one key $name.
func (p *printer) tag(name string, content func()) {
	p.text(`{"$` + name + `":`)
	content()
	p.text("}")
}

// at runs content with step added to the path.
func (p *printer) at(step string, content func()) {
	n := len(p.path)
	p.path = append(p.path, step...)
	content()
	p.path = p.path[:n]
}

func (p *printer) value(value any) {
	if id := identity(value); id != nil {
		if path, ok := p.seen[id]; ok {
			p.tag("ref", func() { p.string(path) })
			return
		}
		p.seen[id] = string(p.path)
	}
	switch v := value.(type) {
	case nil:
		p.text("null")
	case bool:
		p.out = strconv.AppendBool(p.out, v)
	case float64:
		p.number(v)
	case string:
		p.string(v)
	case []any:
		p.list(slices.Values(v))
	case map[string]any:
		p.object(func(yield func(string, any) bool) {
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if !yield(key, v[key]) {
					return
				}
			}
		}, nil)
	case *clone.Object:
		p.object(v.All(), nil)
	case *clone.Map:
		p.tag("Map", func() { p.entries(v) })
	case *clone.Set:
		p.tag("Set", func() { p.list(v.All()) })
	case *clone.Array:
		p.tag("Array", func() { p.object(v.All(), func() { p.text(`"length":` + strconv.FormatUint(uint64(v.Length()), 10)) }) })
	default:
		p.leaf(value)
	}
}

// leaf writes a value that JSON cannot express, other than a collection.
func (p *printer) leaf(value any) {
	switch v := value.(type) {
	case clone.UndefinedType:
		p.text(`{"$undefined":true}`)
	case *big.Int:
		p.tag("BigInt", func() { p.string(v.String()) })
	case *clone.Date:
		p.tag("Date", func() { p.date(v) })
	case *clone.RegExp:
		p.tag("RegExp", func() { p.list(slices.Values([]any{v.Source, v.Flags})) })
	case *clone.BooleanObject:
		p.tag("Object", func() { p.value(v.Value) })
	case *clone.NumberObject:
		p.tag("Object", func() { p.value(v.Value) })
	case *clone.StringObject:
		p.tag("Object", func() { p.value(v.Value) })
	case *clone.BigIntObject:
		p.tag("Object", func() { p.leaf(v.Value) })
	case *clone.ArrayBuffer:
		p.tag("ArrayBuffer", func() { p.bytes(v.Bytes()) })
	case *clone.SharedArrayBuffer:
		p.tag("SharedArrayBuffer", func() { p.bytes(v.Bytes()) })
	case *clone.DataView:
		p.tag("DataView", func() { p.bytes(v.Bytes()) })
	case *clone.TypedArray:
		p.tag(v.Kind.String(), func() { p.list(elements(v)) })
	case *clone.Error:
		p.tag("Error", func() { p.error(v) })
	case *clone.DOMException:
		p.tag("DOMException", func() { p.object(pairs("name", v.Name, "message", v.Message), nil) })
	case *clone.Blob:
		p.tag("Blob", func() { p.object(blob(v), nil) })
	case *clone.File:
		p.tag("File", func() { p.file(v) })
	case *clone.FileList:
		p.tag("FileList", func() {
			p.list(func(yield func(any) bool) {
				for _, f := range v.Files {
					if !yield(f) {
						return
					}
				}
			})
		})
	case *entangle.MessagePort:
		p.tag("MessagePort", func() { p.text(strconv.Itoa(slices.Index(p.ports, v))) })
	default:
		p.tag("unknown", func() { p.string(fmt.Sprintf("%T", v)) })
	}
}

func (p *printer) number(f float64) {
	switch {
	case f == 0 && math.Signbit(f):
		p.text(`{"$Number":"-0"}`)
	case math.IsNaN(f):
		p.text(`{"$Number":"NaN"}`)
	case math.IsInf(f, 0):
		p.text(`{"$Number":"` + strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+") + `inity"}`)
	default:
		b, _ := json.Marshal(f)
		p.out = append(p.out, b...)
	}
}

// string writes a string so that a terminal takes it for text: it escapes control characters, those
// that turn the direction of writing, and lone surrogates (which are WTF-8 in Go).
func (p *printer) string(s string) {
	p.text(`"`)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1 && len(s)-i >= 3 && s[i] == 0xed:
			r, size = rune(s[i]&0xf)<<12|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f), 3
			p.escape(r)
		case r == '"' || r == '\\':
			p.text(`\` + string(r))
		case r == '\n':
			p.text(`\n`)
		case r == '\t':
			p.text(`\t`)
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			p.escape(r)
		default:
			p.text(s[i : i+size])
		}
		i += size
	}
	p.text(`"`)
}

// escape writes a character of the basic plane.
func (p *printer) escape(r rune) { p.out = fmt.Appendf(p.out, `\u%04x`, r) }

func (p *printer) bytes(b []byte) {
	p.text(`"`)
	p.out = base64.StdEncoding.AppendEncode(p.out, b)
	p.text(`"`)
}

func (p *printer) date(d *clone.Date) {
	t, ok := d.GoTime()
	switch {
	case !ok:
		p.text("null")
	case t.Year() < 0 || t.Year() > 9999: // toISOString has six digits and a sign there
		p.string(fmt.Sprintf("%+07d", t.Year()) + t.Format("-01-02T15:04:05.000Z"))
	default:
		p.string(t.Format("2006-01-02T15:04:05.000Z"))
	}
}

func (p *printer) list(values func(func(any) bool)) {
	p.text("[")
	i := 0
	for v := range values {
		if i > 0 {
			p.text(",")
		}
		p.at("["+strconv.Itoa(i)+"]", func() { p.value(v) })
		i++
	}
	p.text("]")
}

func (p *printer) entries(m *clone.Map) {
	p.text("[")
	i := 0
	for key, value := range m.All() {
		if i > 0 {
			p.text(",")
		}
		p.at("["+strconv.Itoa(i)+"]", func() { p.list(slices.Values([]any{key, value})) })
		i++
	}
	p.text("]")
}

// object writes properties, after what first writes.
func (p *printer) object(properties func(func(string, any) bool), first func()) {
	p.text("{")
	n := len(p.out)
	if first != nil {
		first()
	}
	for key, value := range properties {
		if len(p.out) > n {
			p.text(",")
		}
		if strings.HasPrefix(key, "$") {
			key = "$" + key
		}
		p.string(key)
		p.text(":")
		p.at("."+key, func() { p.value(value) })
	}
	p.text("}")
}

func (p *printer) error(e *clone.Error) {
	p.object(func(yield func(string, any) bool) {
		if !yield("name", e.Name) || e.HasMessage && !yield("message", e.Message) {
			return
		}
		if e.HasCause {
			yield("cause", e.Cause)
		}
	}, nil)
}

func (p *printer) file(f *clone.File) {
	p.object(func(yield func(string, any) bool) {
		if yield("name", f.Name()) && yield("lastModified", f.LastModified()) {
			blob(&f.Blob)(yield)
		}
	}, nil)
}

func blob(b *clone.Blob) func(func(string, any) bool) {
	content, _ := io.ReadAll(b.NewReader()) // it reads from memory
	return pairs("type", b.Type(), "bytes", base64.StdEncoding.EncodeToString(content))
}

func pairs(keysAndValues ...string) func(func(string, any) bool) {
	return func(yield func(string, any) bool) {
		for pair := range slices.Chunk(keysAndValues, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// identity returns a value that is equal for two references to one object; nil for a value
// without identity.
func identity(value any) any {
	type slice struct {
		first  uintptr
		length int
	}
	switch v := value.(type) {
	case nil, bool, float64, string, *big.Int, clone.UndefinedType:
		return nil
	case []any:
		if len(v) == 0 {
			return nil
		}
		return slice{reflect.ValueOf(v).Pointer(), len(v)}
	case map[string]any:
		return reflect.ValueOf(v).Pointer()
	}
	return value // the others are pointers
}
