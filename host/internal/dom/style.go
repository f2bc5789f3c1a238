package dom

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Style is the inline style of an element, or what getComputedStyle gives.
//
// DEVIATION: values are not parsed: any property takes any text, and shorthands stay whole. Nothing
// is laid out, so the computed style is the inline one.
//
// https://drafts.csswg.org/cssom/#the-cssstyledeclaration-interface
type Style struct {
	attached
	computed bool // read only
	of       string
	known    bool // list is what the attribute's value `of` says
	list     []declaration
}

type declaration struct {
	name, value string
	important   bool
}

func (e *Element) inlineStyle() qjs.Value {
	return e.same("style", e.document.interfaces.CSSStyleDeclaration, func() webidl.Object { return &Style{attached: attached{element: e}} })
}

// ComputedStyle returns a new declaration block that shows the element's inline style.
func (e *Element) ComputedStyle() qjs.Value {
	return webidl.Wrap(e.Realm(), e.document.interfaces.CSSStyleDeclaration, &Style{attached: attached{element: e}, computed: true})
}

// declarations parses the attribute when it changed.
func (s *Style) declarations() []declaration {
	text := s.element.Attr("style")
	if !s.known || s.of != text {
		s.list, s.of, s.known = parseStyle(text), text, true
	}
	return s.list
}

// parseStyle parses declarations: name: value [!important]; …
func parseStyle(text string) []declaration {
	var list []declaration
	for text != "" {
		var part string
		part, text = cutDeclaration(text)
		name, value, ok := strings.Cut(part, ":")
		if name = propertyName(Strip(name)); !ok || name == "" {
			continue
		}
		value = Strip(value)
		bare, important := strings.CutSuffix(lower(value), "!important")
		if important {
			value = Strip(value[:len(bare)])
		}
		if value != "" {
			list = slices.DeleteFunc(list, func(d declaration) bool { return d.name == name })
			list = append(list, declaration{name, value, important})
		}
	}
	return list
}

// cutDeclaration cuts at the first ";" outside of strings and parentheses.
func cutDeclaration(text string) (part, rest string) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ';' && depth == 0:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// propertyName is a property's name in lowercase, unless it is a custom one.
func propertyName(name string) string {
	if strings.HasPrefix(name, "--") {
		return name
	}
	return lower(name)
}

// Text serializes the declarations.
func (s *Style) Text() string {
	var parts []string
	for _, d := range s.declarations() {
		part := d.name + ": " + d.value
		if d.important {
			part += " !important"
		}
		parts = append(parts, part+";")
	}
	return strings.Join(parts, " ")
}

func (s *Style) get(name string) declaration {
	for _, d := range s.declarations() {
		if d.name == name {
			return d
		}
	}
	return declaration{}
}

var errComputed = webidl.DOMException("NoModificationAllowedError", "a computed style is read only")

// set sets a property; an empty value removes it.
func (s *Style) set(name, value string, important bool) error {
	if s.computed {
		return errComputed
	}
	if err := s.element.document.Room(len(value)); err != nil {
		return err
	}
	list := slices.Clone(s.declarations())
	i := slices.IndexFunc(list, func(d declaration) bool { return d.name == name })
	value = Strip(value)
	switch {
	case value == "" && i < 0:
		return nil
	case value == "":
		list = slices.Delete(list, i, i+1)
	case strings.ContainsAny(value, ";{}"):
		if rest := parseStyle(name + ":" + value); len(rest) != 1 || rest[0].value != value { // it would be more than one
			return nil
		}
		fallthrough
	default:
		d := declaration{name, value, important}
		if i < 0 {
			list = append(list, d)
		} else {
			list[i] = d
		}
	}
	s.list = list
	s.of, s.known = s.element.Attr("style"), true
	text := s.Text()
	s.of = text
	s.element.Set("style", text)
	return nil
}

// SetText replaces all declarations.
func (s *Style) SetText(text string) error {
	if s.computed {
		return errComputed
	}
	s.list, s.of, s.known = parseStyle(text), s.element.Attr("style"), true
	out := s.Text()
	s.of = out
	s.element.Set("style", out)
	return nil
}

// cssName is the property of a camelCase attribute: backgroundColor is background-color,
// cssFloat float.
//
// https://drafts.csswg.org/cssom/#idl-attribute-to-css-property
func cssName(attribute string) (string, bool) {
	if attribute == "cssFloat" {
		return "float", true
	}
	if strings.Contains(attribute, "-") {
		return attribute, attribute == lower(attribute) && !strings.HasPrefix(attribute, "--")
	}
	var b []byte
	for i := 0; i < len(attribute); i++ {
		switch c := attribute[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, '-', c+('a'-'A'))
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' && i > 0:
			b = append(b, c)
		default:
			return "", false
		}
	}
	name := string(b)
	if strings.HasPrefix(name, "webkit-") {
		name = "-" + name
	}
	return name, name != ""
}

// GetNamed implements [qjs.Named]. Every property that CSS could have exists.
func (s *Style) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if i, ok := key.Index(); ok {
		if list := s.declarations(); i < len(list) {
			return qjs.Property{Value: realm.String(list[i].name), Flags: qjs.Configurable | qjs.Enumerable}, true, nil
		}
		return qjs.Property{}, false, nil
	}
	name, ok := s.property(realm, key)
	if !ok {
		return qjs.Property{}, false, nil
	}
	return qjs.Property{Value: realm.String(s.get(name).value), Flags: qjs.Ordinary}, true, nil
}

// property is the CSS property of a key, if there is one of the name.
func (s *Style) property(realm *qjs.Realm, key qjs.Key) (string, bool) {
	attribute, ok := key.Name(realm)
	if !ok {
		return "", false
	}
	name, ok := cssName(attribute)
	return name, ok && cssProperties[name]
}

// SetNamed implements [qjs.Named].
func (s *Style) SetNamed(realm *qjs.Realm, key qjs.Key, v qjs.Value) (mine, ok bool, err error) {
	if _, index := key.Index(); index {
		return true, false, nil
	}
	name, ok := s.property(realm, key)
	if !ok {
		return false, false, nil
	}
	value, err := webidl.LegacyNullToEmptyString(realm, v)
	if err != nil {
		return true, false, err
	}
	return true, true, s.set(name, value, false)
}

// DeleteNamed implements [qjs.Named].
func (s *Style) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, mine = s.property(realm, key)
	return mine, false, nil
}

// NamedKeys implements [qjs.Named].
func (s *Style) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := range s.declarations() {
		keys = append(keys, realm.String(itoa(i)))
	}
	return keys, nil
}

// cssProperties are the properties that a style has as attributes.
//
// Source: https://www.w3.org/Style/CSS/all-properties.en.html, those that pages use
var cssProperties = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(`
align-content align-items align-self all animation animation-delay animation-direction animation-duration animation-fill-mode
animation-iteration-count animation-name animation-play-state animation-timing-function appearance aspect-ratio backdrop-filter
backface-visibility background background-attachment background-blend-mode background-clip background-color background-image
background-origin background-position background-position-x background-position-y background-repeat background-size block-size border
border-block border-bottom border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width
border-collapse border-color border-image border-inline border-left border-left-color border-left-style border-left-width border-radius
border-right border-right-color border-right-style border-right-width border-spacing border-style border-top border-top-color
border-top-left-radius border-top-right-radius border-top-style border-top-width border-width bottom box-shadow box-sizing break-after
break-before break-inside caption-side caret-color clear clip clip-path color color-scheme column-count column-gap column-rule column-span
column-width columns contain container content content-visibility counter-increment counter-reset cursor direction display empty-cells fill
fill-opacity filter flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font font-family font-feature-settings
font-kerning font-size font-size-adjust font-stretch font-style font-variant font-weight gap grid grid-area grid-auto-columns grid-auto-flow
grid-auto-rows grid-column grid-column-end grid-column-gap grid-column-start grid-gap grid-row grid-row-end grid-row-gap grid-row-start
grid-template grid-template-areas grid-template-columns grid-template-rows height hyphens image-rendering inline-size inset inset-block
inset-inline isolation justify-content justify-items justify-self left letter-spacing line-break line-height list-style list-style-image
list-style-position list-style-type margin margin-block margin-bottom margin-inline margin-left margin-right margin-top mask mask-image
max-block-size max-height max-inline-size max-width min-block-size min-height min-inline-size min-width mix-blend-mode object-fit
object-position opacity order orphans outline outline-color outline-offset outline-style outline-width overflow overflow-anchor
overflow-wrap overflow-x overflow-y overscroll-behavior padding padding-block padding-bottom padding-inline padding-left padding-right
padding-top page-break-after page-break-before page-break-inside perspective perspective-origin place-content place-items place-self
pointer-events position quotes resize right rotate row-gap scale scroll-behavior scroll-margin scroll-padding scroll-snap-align
scroll-snap-type shape-outside stroke stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width tab-size table-layout
text-align text-align-last text-anchor text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent
text-justify text-orientation text-overflow text-rendering text-shadow text-transform text-underline-offset text-wrap top touch-action
transform transform-origin transform-style transition transition-delay transition-duration transition-property transition-timing-function
translate unicode-bidi user-select vertical-align visibility white-space widows width will-change word-break word-spacing word-wrap
writing-mode z-index zoom -webkit-appearance -webkit-user-select -webkit-transform -webkit-transition -webkit-box-shadow
-webkit-text-fill-color -webkit-line-clamp -webkit-box-orient -webkit-overflow-scrolling`) {
		set[name] = true
	}
	return set
}()
