package console

import (
	"math"
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// format makes one text of the arguments of a logging method.
//
// https://console.spec.whatwg.org/#formatter
func format(realm *qjs.Realm, args []qjs.Value) string {
	var b strings.Builder
	if len(args) > 1 && args[0].IsString() {
		template, err := args[0].ToString(realm)
		if err == nil && strings.Contains(template, "%") {
			args = substitute(&b, realm, toValid(template), args[1:])
			if len(args) > 0 {
				b.WriteByte(' ')
			}
		}
	}
	for i, v := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(plainText(realm, v))
		if b.Len() > maxText {
			break
		}
	}
	text := b.String()
	if len(text) > maxText {
		text = toValid(text[:maxText]) + "..."
	}
	return text
}

// plainText is a value as it is logged: strings as they are.
func plainText(realm *qjs.Realm, v qjs.Value) string {
	if v.IsString() {
		return (&inspector{realm: realm}).text(v)
	}
	return Inspect(realm, v)
}

// substitute replaces the specifiers of a template and returns the arguments that are left.
func substitute(b *strings.Builder, realm *qjs.Realm, template string, args []qjs.Value) []qjs.Value {
	for i := 0; i < len(template); i++ {
		c := template[i]
		if c != '%' || i+1 == len(template) {
			b.WriteByte(c)
			continue
		}
		i++
		specifier := template[i]
		if specifier == '%' {
			b.WriteByte('%')
			continue
		}
		if strings.IndexByte("sdifoOc", specifier) < 0 || len(args) == 0 {
			b.WriteByte('%')
			b.WriteByte(specifier)
			continue
		}
		b.WriteString(specified(realm, specifier, args[0]))
		args = args[1:]
	}
	return args
}

// specified is an argument in the form that a specifier asks for.
func specified(realm *qjs.Realm, specifier byte, v qjs.Value) string {
	switch specifier {
	case 's':
		if v.IsObject() || v.IsSymbol() {
			return (&inspector{realm: realm, maxDepth: 0}).show(v)
		}
		return plainText(realm, v)
	case 'd', 'i', 'f':
		if v.IsSymbol() || v.IsObject() {
			return "NaN"
		}
		f, err := v.ToNumber(realm)
		if err != nil || math.IsNaN(f) {
			return "NaN"
		}
		if specifier == 'i' {
			f = math.Trunc(f)
		}
		return strconv.FormatFloat(f, 'f', -1, 64)
	case 'c':
		return "" // styles are for other consoles
	}
	return (&inspector{realm: realm, maxDepth: 4}).show(v)
}
