package dom

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// TokenList is the set of tokens of an attribute, such as classList.
//
// https://dom.spec.whatwg.org/#interface-domtokenlist
type TokenList struct {
	attached
	attribute string
	supported []string // nil: the attribute has no list of supported tokens
}

// tokenList returns the wrapper of an element's list for an attribute.
func (e *Element) tokenList(attribute string, supported []string) qjs.Value {
	return e.same(attribute, e.document.interfaces.DOMTokenList, func() webidl.Object {
		return &TokenList{attached: attached{element: e}, attribute: attribute, supported: supported}
	})
}

// TokenAttribute is the attribute of an interface that shows the tokens of a content attribute.
func TokenAttribute(name, attribute string, supported ...string) webidl.Attribute {
	return webidl.Attribute{
		Name: name, PutForwards: "value",
		Get: webidl.Getter(func(_ *qjs.Realm, e *Element) (qjs.Value, error) { return e.tokenList(attribute, supported), nil }),
	}
}

// tokens is the ordered set.
func (l *TokenList) tokens() []string {
	var set []string
	for _, token := range Fields(l.element.Attr(l.attribute)) {
		if !slices.Contains(set, token) {
			set = append(set, token)
		}
	}
	return set
}

// update runs the update steps.
//
// https://dom.spec.whatwg.org/#concept-dtl-update
func (l *TokenList) update(set []string) {
	if len(set) > 0 || l.element.Has(l.attribute) {
		l.element.Set(l.attribute, strings.Join(set, " "))
	}
}

func checkToken(token string) error {
	if token == "" {
		return webidl.DOMException("SyntaxError", "a token must not be empty")
	}
	if strings.ContainsAny(token, " \t\n\f\r") {
		return webidl.DOMException("InvalidCharacterError", "the token '%s' contains whitespace", token)
	}
	return nil
}

func checkTokens(tokens []string) error {
	for _, token := range tokens {
		if err := checkToken(token); err != nil {
			return err
		}
	}
	return nil
}

// Add adds tokens.
func (l *TokenList) Add(tokens []string) error {
	if err := checkTokens(tokens); err != nil {
		return err
	}
	set := l.tokens()
	for _, token := range tokens {
		if !slices.Contains(set, token) {
			set = append(set, token)
		}
	}
	l.update(set)
	return nil
}

// Remove removes tokens.
func (l *TokenList) Remove(tokens []string) error {
	if err := checkTokens(tokens); err != nil {
		return err
	}
	l.update(slices.DeleteFunc(l.tokens(), func(token string) bool { return slices.Contains(tokens, token) }))
	return nil
}

// Toggle adds or removes a token; force, if given, says which. It reports whether the token is
// there afterwards.
//
// https://dom.spec.whatwg.org/#dom-domtokenlist-toggle
func (l *TokenList) Toggle(token string, force *bool) (bool, error) {
	if err := checkToken(token); err != nil {
		return false, err
	}
	if slices.Contains(l.tokens(), token) {
		if force == nil || !*force {
			return false, l.Remove([]string{token})
		}
		return true, nil
	}
	if force == nil || *force {
		return true, l.Add([]string{token})
	}
	return false, nil
}

// Replace replaces a token; false if it was not there.
//
// https://dom.spec.whatwg.org/#dom-domtokenlist-replace
func (l *TokenList) Replace(token, by string) (bool, error) {
	if token == "" || by == "" {
		return false, checkToken("")
	}
	if err := checkTokens([]string{token, by}); err != nil {
		return false, err
	}
	set := l.tokens()
	i := slices.Index(set, token)
	if i < 0 {
		return false, nil
	}
	set[i] = by
	var unique []string
	for _, t := range set {
		if !slices.Contains(unique, t) {
			unique = append(unique, t)
		}
	}
	l.update(unique)
	return true, nil
}

// GetNamed implements [qjs.Named].
func (l *TokenList) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if i, ok := key.Index(); ok {
		if set := l.tokens(); i < len(set) {
			return qjs.Property{Value: realm.String(set[i]), Flags: qjs.Configurable | qjs.Enumerable}, true, nil
		}
	}
	return qjs.Property{}, false, nil
}

// SetNamed implements [qjs.Named].
func (l *TokenList) SetNamed(_ *qjs.Realm, key qjs.Key, _ qjs.Value) (mine, ok bool, err error) {
	_, index := key.Index()
	return index, false, nil
}

// DeleteNamed implements [qjs.Named].
func (l *TokenList) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, found, err := l.GetNamed(realm, key)
	return found, false, err
}

// NamedKeys implements [qjs.Named].
func (l *TokenList) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := range l.tokens() {
		keys = append(keys, realm.String(itoa(i)))
	}
	return keys, nil
}
