package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// inspector shows one value.
type inspector struct {
	realm    *qjs.Realm
	maxDepth int
	path     []qjs.Value // objects that contain what is being shown
	circular []qjs.Value // objects that contain themselves, numbered from 1
	size     int         // bytes so far, of all lines
}

// Inspect returns a value as readable text. Strings are quoted.
func Inspect(realm *qjs.Realm, v qjs.Value) string {
	return (&inspector{realm: realm, maxDepth: maxDepth}).show(v)
}

func (p *inspector) show(v qjs.Value) string {
	text := p.shape(v)
	p.size += len(text)
	return text
}

func (p *inspector) shape(v qjs.Value) string {
	switch {
	case v.IsUndefined():
		return "undefined"
	case v.IsNull():
		return "null"
	case v.IsString():
		return quote(p.text(v))
	case v.IsNumber():
		if f := v.Float(); f == 0 && 1/f < 0 {
			return "-0"
		}
		return p.text(v)
	case v.IsBigInt():
		return p.text(v) + "n"
	case v.IsSymbol():
		return p.symbol(v)
	case v.IsObject():
		return p.object(v)
	}
	return p.text(v) // a Boolean
}

// text is a primitive as a string.
func (p *inspector) text(v qjs.Value) string {
	s, err := v.ToString(p.realm)
	if err != nil {
		return "?"
	}
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	return toValid(s)
}

// toValid makes WTF-8 something that can be written to a terminal.
func toValid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (p *inspector) symbol(v qjs.Value) string {
	s, err := p.realm.Intrinsic("%Symbol.prototype%").Get(p.realm, "toString")
	if err != nil {
		return "Symbol()"
	}
	description, err := s.Call(p.realm, v)
	if err != nil {
		return "Symbol()"
	}
	return p.text(description)
}

// quote quotes a string with the kind of quotes that it does not contain.
func quote(s string) string {
	mark := `'`
	if strings.Contains(s, `'`) {
		if mark = `"`; strings.Contains(s, `"`) {
			if mark = "`"; strings.Contains(s, "`") {
				mark = `'`
			}
		}
	}
	var b strings.Builder
	b.WriteString(mark)
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\\' || string(r) == mark:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7F:
			fmt.Fprintf(&b, `\x%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + mark
}

// object shows an object: a prefix that says what it is, then what it holds.
func (p *inspector) object(v qjs.Value) string {
	if slices.ContainsFunc(p.path, v.SameObject) {
		return fmt.Sprintf("[Circular *%d]", p.number(v))
	}
	if p.size > maxText {
		return "..."
	}
	what := p.describe(v)
	if what.alone {
		return what.prefix
	}
	if len(p.path) > p.maxDepth {
		if what.prefix == "" || what.list {
			return "[" + p.constructor(v) + "]"
		}
		return "[" + strings.TrimSpace(what.prefix) + "]"
	}
	p.path = append(p.path, v)
	entries := append(what.entries(), p.properties(v, what.list || v.Class() == qjs.ClassString)...)
	p.path = p.path[:len(p.path)-1]
	text := join(what, entries)
	if n := slices.IndexFunc(p.circular, v.SameObject); n >= 0 {
		return fmt.Sprintf("<ref *%d> %s", n+1, text)
	}
	return text
}

// number returns the number of an object that contains itself.
func (p *inspector) number(v qjs.Value) int {
	i := slices.IndexFunc(p.circular, v.SameObject)
	if i < 0 {
		p.circular = append(p.circular, v)
		i = len(p.circular) - 1
	}
	return i + 1
}

// join puts entries on one line, or on several if they are long.
func join(what shape, entries []string) string {
	open, end := "{", "}"
	if what.list {
		open, end = "[", "]"
	}
	prefix := what.prefix
	if prefix != "" {
		prefix += " "
	}
	if len(entries) == 0 {
		if what.bare {
			return what.prefix
		}
		return prefix + open + end
	}
	length := 0
	for _, e := range entries {
		length += len(e) + 2
		if strings.Contains(e, "\n") {
			length = maxLine + 1
		}
	}
	if length+len(prefix) <= maxLine {
		return prefix + open + " " + strings.Join(entries, ", ") + " " + end
	}
	if what.list && len(entries) > 6 {
		entries = rows(entries)
	}
	for i, e := range entries {
		entries[i] = strings.ReplaceAll(e, "\n", "\n  ")
	}
	return prefix + open + "\n  " + strings.Join(entries, ",\n  ") + "\n" + end
}

// rows puts several short entries on each line.
func rows(entries []string) []string {
	var lines []string
	for _, e := range entries {
		last := len(lines) - 1
		if last >= 0 && len(e) <= 16 && len(lines[last])+len(e)+2 <= maxLine && !strings.Contains(e, "\n") {
			lines[last] += ", " + e
			continue
		}
		lines = append(lines, e)
	}
	return lines
}

// properties shows the enumerable properties of an object; those of a list that are indices are
// shown already.
func (p *inspector) properties(v qjs.Value, list bool) []string {
	if v.Class() == qjs.ClassProxy || v.Class() == qjs.ClassExotic {
		return nil
	}
	keys, err := v.OwnKeys(p.realm, qjs.Strings|qjs.Symbols|qjs.OnlyEnumerable)
	if err != nil {
		return nil
	}
	var entries []string
	for _, key := range keys {
		name := ""
		if key.IsString() {
			if name = p.text(key); list && isIndex(name) {
				continue
			}
			if !isIdentifier(name) {
				name = quote(name)
			}
		} else {
			name = "[" + p.symbol(key) + "]"
		}
		if p.unforgeable(v, key) {
			continue
		}
		if len(entries) == maxEntries {
			return append(entries, fmt.Sprintf("... %d more properties", len(keys)-maxEntries))
		}
		entries = append(entries, name+": "+p.property(v, key))
	}
	return entries
}

// unforgeable reports whether a property is one that all objects of a platform object's
// interface have.
func (p *inspector) unforgeable(v, key qjs.Value) bool {
	if !v.Class().IsGo() {
		return false
	}
	property, found, err := v.GetOwn(p.realm, key)
	return err == nil && found && property.Flags&qjs.Configurable == 0
}

// property shows the value of a property; a getter is not called.
func (p *inspector) property(v, key qjs.Value) string {
	property, found, err := v.GetOwn(p.realm, key)
	switch {
	case err != nil || !found:
		return "?"
	case !property.Accessor:
		return p.show(property.Value)
	case property.Set.IsUndefined():
		return "[Getter]"
	case property.Get.IsUndefined():
		return "[Setter]"
	}
	return "[Getter/Setter]"
}

// isIndex reports whether a property name is an array index.
func isIndex(name string) bool {
	n, err := strconv.ParseUint(name, 10, 32)
	return err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == name
}

func isIdentifier(name string) bool {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '$' || r > 0x7F
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
