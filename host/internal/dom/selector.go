package dom

import (
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Selectors: those of level 4 that do not depend on layout or user interaction.
//
// https://drafts.csswg.org/selectors-4/

// selectorList matches when one of its members does.
type selectorList []*complexSelector

// complexSelector is compounds joined by combinators, the last compound first.
type complexSelector struct {
	compounds   []compound
	combinators []byte // combinators[i] stands between compounds[i+1] and compounds[i]: ' ', '>', '+', '~'
	leading     byte   // of a relative selector, in :has()
}

// compound is a list of conditions on one element.
type compound []condition

type condition func(e *Element, m *matching) bool

// matching is one use of selectors. Pages write selectors that take exponential time, and what runs
// in Go is not interrupted: so it counts its steps.
type matching struct {
	scope *Node
	steps int
}

// maxSteps is how many conditions one use may test: less than a second.
const maxSteps = 20_000_000

// step reports whether there may be one more.
func (m *matching) step() bool {
	m.steps++
	return m.steps <= maxSteps
}

// done returns the error of a use that took too long.
func (m *matching) done() error {
	if m.steps > maxSteps {
		return webidl.RangeError("the selectors take too long")
	}
	return nil
}

// maxNesting bounds selectors within selectors.
const maxNesting = 32

// parseSelectors parses a selector list; the error is a SyntaxError.
func parseSelectors(text string) (selectorList, error) {
	p := &selectorParser{text: text}
	list, ok := p.list(false)
	if !ok || p.at < len(p.text) {
		return nil, webidl.DOMException("SyntaxError", "'%s' is not a valid selector", text)
	}
	return list, nil
}

type selectorParser struct {
	text    string
	at      int
	nesting int
}

func (p *selectorParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *selectorParser) take(c byte) bool {
	if p.peek() == c && p.at < len(p.text) {
		p.at++
		return true
	}
	return false
}

func (p *selectorParser) space() (any bool) {
	for p.at < len(p.text) {
		if isSpace(p.text[p.at]) {
			p.at++
		} else if strings.HasPrefix(p.text[p.at:], "/*") {
			end := strings.Index(p.text[p.at+2:], "*/")
			if end < 0 {
				p.at = len(p.text)
			} else {
				p.at += end + 4
			}
		} else {
			break
		}
		any = true
	}
	return any
}

// list parses complex selectors up to the end or a closing parenthesis.
func (p *selectorParser) list(relative bool) (selectorList, bool) {
	if p.nesting++; p.nesting > maxNesting {
		return nil, false
	}
	defer func() { p.nesting-- }()
	var list selectorList
	for {
		c, ok := p.complex(relative)
		if !ok {
			return nil, false
		}
		list = append(list, c)
		if !p.take(',') {
			return list, true
		}
	}
}

func (p *selectorParser) complex(relative bool) (*complexSelector, bool) {
	c := &complexSelector{leading: ' '}
	p.space()
	if b := p.peek(); relative && (b == '>' || b == '+' || b == '~') {
		c.leading = b
		p.at++
		p.space()
	}
	for {
		one, ok := p.compound()
		if !ok {
			return nil, false
		}
		c.compounds = append([]compound{one}, c.compounds...)
		space := p.space()
		b := p.peek()
		switch {
		case b == '>' || b == '+' || b == '~':
			p.at++
			p.space()
		case b == 0 && p.at >= len(p.text) || b == ',' || b == ')':
			return c, true
		case space:
			b = ' '
		default:
			return nil, false
		}
		c.combinators = append([]byte{b}, c.combinators...)
	}
}

func (p *selectorParser) compound() (compound, bool) {
	var all compound
	start := p.at
	if p.take('*') {
		all = append(all, func(*Element, *matching) bool { return true })
	} else if name, ok := p.ident(); ok {
		folded := lower(name)
		all = append(all, func(e *Element, _ *matching) bool {
			if e.IsHTML() && e.document.HTML {
				return e.local == folded
			}
			return e.local == name
		})
	}
	if p.peek() == '|' && p.at+1 < len(p.text) && p.text[p.at+1] != '=' { // a namespace: only any or none
		if len(all) > 0 && p.text[start] != '*' {
			return nil, false
		}
		p.at++
		return p.compound()
	}
	for {
		var one condition
		ok := true
		switch p.peek() {
		case '#':
			p.at++
			var id string
			id, ok = p.name()
			one = func(e *Element, _ *matching) bool { return e.id == id && id != "" }
		case '.':
			p.at++
			var class string
			class, ok = p.ident()
			one = func(e *Element, _ *matching) bool { return e.HasClass(class) }
		case '[':
			p.at++
			one, ok = p.attribute()
		case ':':
			p.at++
			one, ok = p.pseudo()
		default:
			return all, p.at > start
		}
		if !ok {
			return nil, false
		}
		all = append(all, one)
	}
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// ident parses an identifier, name any run of name characters.
func (p *selectorParser) ident() (string, bool) {
	c := p.peek()
	if c >= '0' && c <= '9' || c == '-' && (p.at+1 >= len(p.text) || p.text[p.at+1] >= '0' && p.text[p.at+1] <= '9') {
		return "", false
	}
	return p.name()
}

func (p *selectorParser) name() (string, bool) {
	var b []byte
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if isNameByte(c) {
			b = append(b, c)
			p.at++
		} else if c == '\\' && p.at+1 < len(p.text) && p.text[p.at+1] != '\n' {
			b = append(b, p.escape()...)
		} else {
			break
		}
	}
	return string(b), p.at > start
}

// escape parses an escaped code point.
func (p *selectorParser) escape() string {
	p.at++
	start := p.at
	for p.at < len(p.text) && p.at < start+6 && strings.IndexByte("0123456789abcdefABCDEF", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == start {
		_, size := firstRune(p.text[p.at:])
		p.at += size
		return p.text[start:p.at]
	}
	code, _ := strconv.ParseUint(p.text[start:p.at], 16, 32)
	if p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
	if code == 0 || code > 0x10FFFF || code >= 0xD800 && code < 0xE000 {
		code = 0xFFFD
	}
	return string(rune(code))
}

func (p *selectorParser) quoted() (string, bool) {
	quote := p.peek()
	p.at++
	var b []byte
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == quote:
			p.at++
			return string(b), true
		case c == '\\' && p.at+1 < len(p.text) && p.text[p.at+1] == '\n':
			p.at += 2
		case c == '\\' && p.at+1 < len(p.text):
			b = append(b, p.escape()...)
		case c == '\n':
			return "", false
		default:
			b = append(b, c)
			p.at++
		}
	}
	return string(b), true // an open string ends with the text
}

// attribute parses what follows "[".
func (p *selectorParser) attribute() (condition, bool) {
	p.space()
	if p.take('*') && !p.take('|') {
		return nil, false
	}
	p.take('|')
	name, ok := p.ident()
	if !ok {
		return nil, false
	}
	p.space()
	find := func(e *Element) (string, bool) {
		key := name
		if e.IsHTML() && e.document.HTML {
			key = lower(name)
		}
		return e.Get(key)
	}
	if p.take(']') {
		return func(e *Element, _ *matching) bool { _, has := find(e); return has }, true
	}
	operator := p.peek()
	if operator != '=' {
		p.at++
	}
	if strings.IndexByte("=~|^$*", operator) < 0 || operator == 0 || !p.take('=') {
		return nil, false
	}
	p.space()
	var want string
	if q := p.peek(); q == '"' || q == '\'' {
		want, ok = p.quoted()
	} else {
		want, ok = p.ident()
	}
	if !ok {
		return nil, false
	}
	fold := caseless[lower(name)]
	if p.space(); !p.take(']') {
		flag, _ := p.ident()
		if p.space(); lower(flag) != "i" && lower(flag) != "s" || !p.take(']') {
			if p.at < len(p.text) {
				return nil, false
			}
		}
		fold = lower(flag) == "i"
	}
	return func(e *Element, _ *matching) bool {
		value, has := find(e)
		if fold && (e.IsHTML() || !caseless[lower(name)]) {
			return has && compareAttribute(operator, lower(value), lower(want))
		}
		return has && compareAttribute(operator, value, want)
	}, true
}

// caseless are attributes whose values selectors compare without case on HTML elements; the
// frequent ones.
//
// https://html.spec.whatwg.org/multipage/semantics-other.html#case-sensitivity-of-selectors
var caseless = map[string]bool{
	"accept": true, "align": true, "charset": true, "checked": true, "dir": true, "disabled": true, "enctype": true, "http-equiv": true,
	"lang": true, "media": true, "method": true, "multiple": true, "readonly": true, "rel": true, "selected": true, "target": true,
	"type": true,
}

func compareAttribute(operator byte, value, want string) bool {
	switch operator {
	case '=':
		return value == want
	case '~':
		for _, token := range Fields(value) {
			if token == want {
				return true
			}
		}
		return false
	case '|':
		return value == want || strings.HasPrefix(value, want+"-")
	case '^':
		return want != "" && strings.HasPrefix(value, want)
	case '$':
		return want != "" && strings.HasSuffix(value, want)
	}
	return want != "" && strings.Contains(value, want)
}
