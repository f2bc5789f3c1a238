package clone

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// show prints a canonical value in the notation of testdata/vectors, which the TypeScript
// tests print too. Objects that are met more than once are numbered in the order in which they
// are met first.
func show(value any, ports ...any) string {
	s := &shower{ports: ports, times: map[any]int{}, numbers: map[any]int{}}
	s.value(value) // counts
	s.numbering = true
	s.out.Reset()
	s.value(value)
	return s.out.String()
}

type shower struct {
	out       strings.Builder
	ports     []any
	times     map[any]int // how often an object is met
	numbers   map[any]int
	numbering bool
}

// enter reports whether the object has to be printed, after its number if it has one.
func (s *shower) enter(id any) bool {
	if !s.numbering {
		s.times[id]++
		return s.times[id] == 1
	}
	if s.times[id] < 2 {
		return true
	}
	n, met := s.numbers[id]
	if !met {
		n = len(s.numbers) + 1
		s.numbers[id] = n
		fmt.Fprintf(&s.out, "#%d=", n)
		return true
	}
	fmt.Fprintf(&s.out, "#%d", n)
	return false
}

func (s *shower) value(value any) {
	switch v := value.(type) {
	case nil:
		s.out.WriteString("null")
	case UndefinedType, bool:
		fmt.Fprint(&s.out, v)
	case float64:
		s.out.WriteString(showNumber(v))
	case string:
		s.out.WriteString(showString(v))
	case *big.Int:
		fmt.Fprintf(&s.out, "%dn", v)
	case []any:
		if len(v) == 0 || s.enter([2]any{&v[0], len(v)}) {
			s.list("[", "]", len(v), func(i int) { s.value(v[i]) })
		}
	case map[string]any:
		if s.enter(reflect.ValueOf(v).Pointer()) {
			o := &Object{}
			for _, key := range sortedKeys(v) {
				o.Set(key, v[key])
			}
			s.properties(&o.properties, false)
		}
	default:
		if s.enter(value) {
			s.object(value)
		}
	}
}

func (s *shower) object(value any) {
	switch v := value.(type) {
	case *Object:
		s.properties(&v.properties, false)
	case *Array:
		if g := (&goSource{}); v.Len() == int(v.length) && !slices.ContainsFunc(g.orderedKeys(&v.properties), notIndex) {
			s.list("[", "]", v.Len(), func(i int) {
				element, _ := v.At(uint32(i))
				s.value(element)
			})
			return
		}
		fmt.Fprintf(&s.out, "Array(%d)", v.length)
		s.properties(&v.properties, true)
	case *Map:
		s.list("Map{", "}", v.Len(), func(i int) {
			s.value(v.entries[i].Key)
			s.out.WriteString(": ")
			s.value(v.entries[i].Value)
		})
	case *Set:
		s.list("Set{", "}", v.Len(), func(i int) { s.value(v.values.entries[i].Key) })
	case *BooleanObject:
		s.call("Object", v.Value)
	case *NumberObject:
		s.call("Object", v.Value)
	case *StringObject:
		s.call("Object", v.Value)
	case *BigIntObject:
		s.call("Object", v.Value)
	case *Date:
		s.call("Date", v.Time)
	case *RegExp:
		s.call("RegExp", v.Source, v.Flags)
	case *DOMException:
		s.call("DOMException", v.Name, v.Message)
	case *Error:
		s.errorObject(v)
	default:
		s.binary(value)
	}
}

func notIndex(key string) bool {
	_, ok := arrayIndex(key)
	return !ok
}

func (s *shower) binary(value any) {
	switch v := value.(type) {
	case *ArrayBuffer:
		fmt.Fprintf(&s.out, "ArrayBuffer(%x", v.data)
		if v.resizable {
			fmt.Fprintf(&s.out, ", max %d", v.max)
		}
		s.out.WriteByte(')')
	case *TypedArray:
		s.view(v.Kind.String(), v.Buffer, v.ByteOffset, v.Length, v.Tracking)
	case *DataView:
		s.view("DataView", v.Buffer, v.ByteOffset, v.ByteLength, v.Tracking)
	case *Blob:
		fmt.Fprintf(&s.out, "Blob(%s, %x)", showString(v.mediaType), v.data)
	case *File:
		fmt.Fprintf(&s.out, "File(%s, %s, %s, %x)", showString(v.name), showString(v.mediaType), showNumber(v.lastModified), v.data)
	case *FileList:
		s.list("FileList[", "]", len(v.Files), func(i int) { s.value(v.Files[i]) })
	default:
		fmt.Fprintf(&s.out, "Port(%d)", slices.Index(s.ports, value))
	}
}

func (s *shower) view(name string, buffer Buffer, offset, length int, tracking bool) {
	s.out.WriteString(name + "(")
	s.value(buffer)
	if tracking {
		fmt.Fprintf(&s.out, ", %d, tracking)", offset)
	} else {
		fmt.Fprintf(&s.out, ", %d, %d)", offset, length)
	}
}

func (s *shower) errorObject(e *Error) {
	members := map[string]any{"message": e.Message, "stack": e.Stack, "cause": e.Cause}
	present := map[string]bool{"message": e.HasMessage, "stack": e.Stack != "", "cause": e.HasCause}
	var names []string
	for _, name := range []string{"message", "stack", "cause"} {
		if present[name] {
			names = append(names, name)
		}
	}
	s.list(e.Name+"{", "}", len(names), func(i int) {
		s.out.WriteString(names[i] + ": ")
		s.value(members[names[i]])
	})
}

func (s *shower) properties(p *properties, indices bool) {
	keys := slices.Clone((&goSource{}).orderedKeys(p))
	s.list("{", "}", len(keys), func(i int) {
		if indices && !notIndex(keys[i]) {
			s.out.WriteString(keys[i])
		} else {
			s.out.WriteString(showString(keys[i]))
		}
		s.out.WriteString(": ")
		v, _ := p.get(keys[i])
		s.value(v)
	})
}

func (s *shower) call(name string, arguments ...any) {
	s.list(name+"(", ")", len(arguments), func(i int) { s.value(arguments[i]) })
}

func (s *shower) list(open, end string, n int, print func(int)) {
	s.out.WriteString(open)
	for i := range n {
		if i > 0 {
			s.out.WriteString(", ")
		}
		print(i)
	}
	s.out.WriteString(end)
}

func showNumber(n float64) string {
	switch {
	case n != n:
		return "NaN"
	case n == 0 && math.Signbit(n):
		return "-0"
	case n == math.Trunc(n) && math.Abs(n) <= maxSafeInteger || math.Abs(n) <= maxTime && n == math.Trunc(n):
		return fmt.Sprintf("%d", int64(n))
	}
	return fmt.Sprintf("f64(%016x)", math.Float64bits(n))
}

func showString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		units := utf16.AppendRune(nil, r)
		if n == 1 && r == utf8.RuneError { // the first byte of a lone surrogate
			n, units = 3, []uint16{0xd000 | uint16(s[1]&63)<<6 | uint16(s[2]&63)}
		}
		for _, u := range units {
			if u >= 0x20 && u <= 0x7e && u != '"' && u != '\\' {
				out.WriteByte(byte(u))
			} else {
				fmt.Fprintf(&out, `\u%04x`, u)
			}
		}
		s = s[n:]
	}
	out.WriteByte('"')
	return out.String()
}
