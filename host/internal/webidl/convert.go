package webidl

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Convert is the conversion of a JavaScript value to an IDL type.
//
// https://webidl.spec.whatwg.org/#js-type-mapping
type Convert[T any] func(realm *qjs.Realm, v qjs.Value) (T, error)

// Any is https://webidl.spec.whatwg.org/#js-any. The value is valid in the current scope.
func Any(_ *qjs.Realm, v qjs.Value) (qjs.Value, error) { return v, nil }

// Boolean is https://webidl.spec.whatwg.org/#js-boolean.
func Boolean(_ *qjs.Realm, v qjs.Value) (bool, error) { return v.Bool(), nil }

// DOMString is https://webidl.spec.whatwg.org/#js-DOMString. The string is WTF-8: it may hold
// lone surrogates.
func DOMString(realm *qjs.Realm, v qjs.Value) (string, error) { return v.ToString(realm) }

// LegacyNullToEmptyString is DOMString with [LegacyNullToEmptyString].
//
// https://webidl.spec.whatwg.org/#LegacyNullToEmptyString
func LegacyNullToEmptyString(realm *qjs.Realm, v qjs.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	return v.ToString(realm)
}

// USVString is https://webidl.spec.whatwg.org/#js-USVString: lone surrogates become U+FFFD.
func USVString(realm *qjs.Realm, v qjs.Value) (string, error) {
	s, err := v.ToString(realm)
	if err != nil || utf8.ValidString(s) {
		return s, err
	}
	return ScalarValueString(s), nil
}

// ScalarValueString replaces the lone surrogates of a WTF-8 string.
//
// https://infra.spec.whatwg.org/#javascript-string-convert
func ScalarValueString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if i+2 < len(s) && s[i] == 0xED && s[i+1] >= 0xA0 { // U+D800 to U+DFFF
			b.WriteRune(utf8.RuneError)
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// ByteString is https://webidl.spec.whatwg.org/#js-ByteString. Each byte of the result
// is a code unit.
func ByteString(realm *qjs.Realm, v qjs.Value) (string, error) {
	s, err := v.ToString(realm)
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF { // also what stands for a lone surrogate
			return "", TypeError("cannot convert %q to a ByteString: it has a character above 255", s)
		}
		b = append(b, byte(r))
	}
	return string(b), nil
}

// UnrestrictedDouble is https://webidl.spec.whatwg.org/#js-unrestricted-double.
func UnrestrictedDouble(realm *qjs.Realm, v qjs.Value) (float64, error) { return v.ToNumber(realm) }

// Double is https://webidl.spec.whatwg.org/#js-double: NaN and the infinities are errors.
func Double(realm *qjs.Realm, v qjs.Value) (float64, error) {
	f, err := v.ToNumber(realm)
	if err == nil && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return 0, TypeError("the value is not a finite floating-point number")
	}
	return f, err
}

// Nullable is the conversion to a nullable type: ok is false for null and undefined.
//
// https://webidl.spec.whatwg.org/#js-nullable-type
func Nullable[T any](convert Convert[T]) Convert[*T] {
	return func(realm *qjs.Realm, v qjs.Value) (*T, error) {
		if v.IsNullish() {
			return nil, nil
		}
		t, err := convert(realm, v)
		return &t, err
	}
}

// Enum is the conversion to an enumeration.
//
// https://webidl.spec.whatwg.org/#js-enumeration
func Enum(name string, values ...string) Convert[string] {
	return func(realm *qjs.Realm, v qjs.Value) (string, error) {
		s, err := v.ToString(realm)
		if err != nil {
			return "", err
		}
		for _, value := range values {
			if s == value {
				return value, nil
			}
		}
		return "", TypeError("the provided value '%s' is not a valid enum value of type %s", s, name)
	}
}
