package dom

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func firstRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

func (l selectorList) match(e *Element, m *matching) bool {
	for _, c := range l {
		if c.match(e, m) {
			return true
		}
	}
	return false
}

func (c compound) match(e *Element, m *matching) bool {
	for _, one := range c {
		if !m.step() || !one(e, m) {
			return false
		}
	}
	return true
}

func (c *complexSelector) match(e *Element, m *matching) bool {
	return c.compounds[0].match(e, m) && c.matchFrom(0, e, m)
}

// matchFrom matches the compounds after the i-th, which e matched. It recurses by the
// selector's length only.
//
// OPTIMIZATION: an element that fails far up a chain of descendant combinators is tried again from
// each ancestor; selectors are short.
func (c *complexSelector) matchFrom(i int, e *Element, m *matching) bool {
	if i == len(c.combinators) {
		return true
	}
	next := func(other *Element) bool {
		return other != nil && c.compounds[i+1].match(other, m) && c.matchFrom(i+1, other, m)
	}
	switch c.combinators[i] {
	case '>':
		return next(e.ParentElement())
	case '+':
		return next(e.PreviousElement())
	case '~':
		for s := e.PreviousElement(); s != nil && m.step(); s = s.PreviousElement() {
			if next(s) {
				return true
			}
		}
	default:
		for p := e.ParentElement(); p != nil && m.step(); p = p.ParentElement() {
			if next(p) {
				return true
			}
		}
	}
	return false
}

// Matches reports whether an element matches the selectors.
//
// https://dom.spec.whatwg.org/#dom-element-matches
func (e *Element) Matches(selectors string) (bool, error) {
	list, err := parseSelectors(selectors)
	if err != nil {
		return false, err
	}
	m := &matching{scope: e.AsNode()}
	return list.match(e, m), m.done()
}

// Closest returns the nearest inclusive ancestor that matches; nil if there is none.
//
// https://dom.spec.whatwg.org/#dom-element-closest
func (e *Element) Closest(selectors string) (*Element, error) {
	list, err := parseSelectors(selectors)
	if err != nil {
		return nil, err
	}
	m := &matching{scope: e.AsNode()}
	for p := e; p != nil; p = p.ParentElement() {
		if list.match(p, m) {
			return p, m.done()
		}
	}
	return nil, m.done()
}

// Query returns the descendants that match, at most limit (0: all).
//
// https://dom.spec.whatwg.org/#scope-match-a-selectors-string
func (n *Node) Query(selectors string, limit int) ([]*Node, error) {
	list, err := parseSelectors(selectors)
	if err != nil {
		return nil, err
	}
	m := &matching{scope: n}
	var found []*Node
	for c := n.after(n); c != nil && m.done() == nil; c = c.after(n) {
		if e := c.Element(); e != nil && list.match(e, m) {
			if found = append(found, c); len(found) == limit {
				break
			}
		}
	}
	return found, m.done()
}

// pseudo parses what follows ":".
func (p *selectorParser) pseudo() (condition, bool) {
	if p.take(':') { // a pseudo-element is valid, and no element
		_, ok := p.ident()
		return func(*Element, *matching) bool { return false }, ok
	}
	name, ok := p.ident()
	if !ok {
		return nil, false
	}
	name = lower(name)
	if !p.take('(') {
		one, ok := simplePseudo[name]
		return one, ok
	}
	one, ok := p.function(name)
	p.space()
	return one, ok && (p.take(')') || p.at >= len(p.text))
}

func (p *selectorParser) function(name string) (condition, bool) {
	switch name {
	case "not", "is", "where", "matches", "-webkit-any":
		list, ok := p.list(false)
		want := name != "not"
		return func(e *Element, m *matching) bool { return list.match(e, m) == want }, ok
	case "has":
		list, ok := p.list(true)
		return func(e *Element, m *matching) bool { return list.has(e, m) }, ok
	case "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type":
		return p.nth(strings.Contains(name, "last"), strings.HasSuffix(name, "type"))
	case "lang":
		p.space()
		want, ok := p.ident()
		return func(e *Element, _ *matching) bool {
			for a := e; a != nil; a = a.ParentElement() {
				if value, has := a.Get("lang"); has {
					return compareAttribute('|', lower(value), lower(want))
				}
			}
			return false
		}, ok
	}
	return nil, false
}

// has matches relative selectors: something below or after e matches, seen from e.
func (l selectorList) has(e *Element, m *matching) bool {
	inner := &matching{scope: e.AsNode(), steps: m.steps}
	defer func() { m.steps = inner.steps }()
	for _, c := range l {
		root := e.AsNode()
		if c.leading == '+' || c.leading == '~' {
			if root = e.parent; root == nil {
				continue
			}
		}
		anchored := &complexSelector{
			compounds:   append(append([]compound{}, c.compounds...), compound{func(x *Element, _ *matching) bool { return x == e }}),
			combinators: append(append([]byte{}, c.combinators...), c.leading),
		}
		for n := root.after(root); n != nil && inner.step(); n = n.after(root) {
			if x := n.Element(); x != nil && anchored.match(x, inner) {
				return true
			}
		}
	}
	return false
}

// nth parses An+B [of S].
func (p *selectorParser) nth(last, ofType bool) (condition, bool) {
	end := strings.IndexByte(p.text[p.at:], ')')
	if end < 0 {
		end = len(p.text) - p.at
	}
	formula, of, hasOf := strings.Cut(p.text[p.at:p.at+end], " of ")
	a, b, ok := parseNth(formula)
	if !ok {
		return nil, false
	}
	var list selectorList
	if hasOf && !ofType {
		p.at += len(formula) + len(" of ")
		if list, ok = p.list(false); !ok {
			return nil, false
		}
	} else if p.at += end; hasOf && of != "" {
		return nil, false
	}
	return func(e *Element, m *matching) bool {
		if e.parent == nil || list != nil && !list.match(e, m) {
			return false
		}
		i := 1
		step := (*Node).PreviousElement
		if last {
			step = (*Node).NextElement
		}
		for s := step(e.AsNode()); s != nil && m.step(); s = step(s.AsNode()) {
			if (!ofType || sameType(e, s)) && (list == nil || list.match(s, m)) {
				i++
			}
		}
		if a == 0 {
			return i == b
		}
		return (i-b)%a == 0 && (i-b)/a >= 0
	}, true
}

func parseNth(text string) (a, b int, ok bool) {
	text = strings.ReplaceAll(lower(Strip(text)), " ", "")
	switch text {
	case "odd":
		return 2, 1, true
	case "even":
		return 2, 0, true
	}
	number := func(s string) (int, bool) {
		n, err := strconv.Atoi(strings.TrimPrefix(s, "+"))
		return n, err == nil && n > -1<<30 && n < 1<<30
	}
	before, after, hasN := strings.Cut(text, "n")
	if !hasN {
		b, ok = number(text)
		return 0, b, ok
	}
	switch before {
	case "", "+":
		a = 1
	case "-":
		a = -1
	default:
		if a, ok = number(before); !ok {
			return 0, 0, false
		}
	}
	if after == "" {
		return a, 0, true
	}
	b, ok = number(after)
	return a, b, ok && (after[0] == '+' || after[0] == '-')
}

func sameType(e, s *Element) bool { return s.local == e.local && s.namespace == e.namespace }

// checkable is the State of an element that has checkedness.
type checkable interface{ Checked() bool }

var formControls = map[string]bool{"button": true, "input": true, "select": true, "textarea": true, "optgroup": true, "option": true,
	"fieldset": true}

func disabled(e *Element) bool { return e.IsHTML() && formControls[e.local] && e.Has("disabled") }

var simplePseudo = map[string]condition{
	"root": func(e *Element, _ *matching) bool { return e.parent != nil && e.parent.nodeType == DocumentNode },
	"scope": func(e *Element, m *matching) bool {
		if m.scope.Element() != nil {
			return e == m.scope.Element()
		}
		return e.parent == m.scope
	},
	"empty": func(e *Element, _ *matching) bool {
		for c := e.first; c != nil; c = c.next {
			if c.nodeType == ElementNode || c.IsText() && c.Length() > 0 {
				return false
			}
		}
		return true
	},
	"first-child": func(e *Element, _ *matching) bool { return e.parent != nil && e.PreviousElement() == nil },
	"last-child":  func(e *Element, _ *matching) bool { return e.parent != nil && e.NextElement() == nil },
	"only-child": func(e *Element, _ *matching) bool {
		return e.parent != nil && e.PreviousElement() == nil && e.NextElement() == nil
	},
	"first-of-type": func(e *Element, _ *matching) bool { return e.parent != nil && !typeBefore(e) },
	"last-of-type":  func(e *Element, _ *matching) bool { return e.parent != nil && !typeAfter(e) },
	"only-of-type":  func(e *Element, _ *matching) bool { return e.parent != nil && !typeBefore(e) && !typeAfter(e) },
	"checked": func(e *Element, _ *matching) bool {
		c, ok := e.State.(checkable)
		return ok && c.Checked()
	},
	"disabled":      func(e *Element, _ *matching) bool { return disabled(e) },
	"enabled":       func(e *Element, _ *matching) bool { return e.IsHTML() && formControls[e.local] && !e.Has("disabled") },
	"required":      func(e *Element, _ *matching) bool { return e.IsHTML() && e.Has("required") },
	"link":          isLink,
	"any-link":      isLink,
	"defined":       func(*Element, *matching) bool { return true },
	"visited":       func(*Element, *matching) bool { return false },
	"hover":         func(*Element, *matching) bool { return false },
	"active":        func(*Element, *matching) bool { return false },
	"focus":         focused,
	"focus-visible": focused,
	"focus-within": func(e *Element, _ *matching) bool {
		return e.document.active != nil && e.Contains(e.document.active.AsNode())
	},
	"target": func(e *Element, _ *matching) bool {
		_, id, ok := strings.Cut(e.document.URL, "#")
		return ok && id != "" && e.id == id
	},
}

func isLink(e *Element, _ *matching) bool { return (e.Is("a") || e.Is("area")) && e.Has("href") }

func focused(e *Element, _ *matching) bool { return e.document.active == e }

func typeBefore(e *Element) bool {
	for s := e.PreviousElement(); s != nil; s = s.PreviousElement() {
		if sameType(e, s) {
			return true
		}
	}
	return false
}

func typeAfter(e *Element) bool {
	for s := e.NextElement(); s != nil; s = s.NextElement() {
		if sameType(e, s) {
			return true
		}
	}
	return false
}
