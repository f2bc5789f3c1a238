package fetch

import (
	"slices"
	"strings"
)

// header is one header of a list.
type header struct{ name, value string }

// headerList is a list of headers, in the order in which they were added. Names compare without
// case; values are isomorphic strings: a character per byte, below U+0100.
//
// https://fetch.spec.whatwg.org/#concept-header-list
type headerList []header

// maxHeaders is how many headers a list may have.
const maxHeaders = 4096

// get returns the values of a name, joined; false if there is none.
//
// https://fetch.spec.whatwg.org/#concept-header-list-get
func (l headerList) get(name string) (string, bool) {
	var values []string
	for _, h := range l {
		if strings.EqualFold(h.name, name) {
			values = append(values, h.value)
		}
	}
	return strings.Join(values, ", "), values != nil
}

func (l headerList) has(name string) bool {
	return slices.ContainsFunc(l, func(h header) bool { return strings.EqualFold(h.name, name) })
}

// size returns about how many bytes of memory the list takes.
func (l headerList) size() int {
	n := 0
	for _, h := range l {
		n += len(h.name) + len(h.value) + 32
	}
	return n
}

// add appends a header; its name is spelled as one of the same name is already.
//
// https://fetch.spec.whatwg.org/#concept-header-list-append
func (l *headerList) add(name, value string) {
	for _, h := range *l {
		if strings.EqualFold(h.name, name) {
			name = h.name
			break
		}
	}
	*l = append(*l, header{name, value})
}

// set gives the first header of a name the value and removes the others, or appends one.
//
// https://fetch.spec.whatwg.org/#concept-header-list-set
func (l *headerList) set(name, value string) {
	i := slices.IndexFunc(*l, func(h header) bool { return strings.EqualFold(h.name, name) })
	if i < 0 {
		*l = append(*l, header{name, value})
		return
	}
	(*l)[i].value = value
	rest := slices.DeleteFunc((*l)[i+1:], func(h header) bool { return strings.EqualFold(h.name, name) })
	*l = (*l)[:i+1+len(rest)]
}

// remove removes the headers of a name.
func (l *headerList) remove(name string) {
	*l = slices.DeleteFunc(*l, func(h header) bool { return strings.EqualFold(h.name, name) })
}

// sortAndCombine returns the headers in the order of their lower-cased names, those of one name
// joined, except Set-Cookie.
//
// https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine
func (l headerList) sortAndCombine() headerList {
	sorted := make(headerList, 0, len(l))
	for _, h := range l {
		sorted = append(sorted, header{strings.ToLower(h.name), h.value})
	}
	slices.SortStableFunc(sorted, func(a, b header) int { return strings.Compare(a.name, b.name) })
	combined := sorted[:0]
	for _, h := range sorted {
		if last := len(combined) - 1; last >= 0 && combined[last].name == h.name && h.name != "set-cookie" {
			combined[last].value += ", " + h.value
			continue
		}
		combined = append(combined, h)
	}
	return combined
}

// isToken reports whether s is a header name, or a method.
//
// https://fetch.spec.whatwg.org/#header-name
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

// normalizeValue removes whitespace around a header value.
//
// https://fetch.spec.whatwg.org/#concept-header-value-normalize
func normalizeValue(s string) string { return strings.Trim(s, "\t\n\r ") }

// isValue reports whether a normalized value is a header value.
//
// https://fetch.spec.whatwg.org/#header-value
func isValue(s string) bool { return !strings.ContainsAny(s, "\x00\n\r") }

// forbiddenNames are the request headers that the host alone sets.
//
// https://fetch.spec.whatwg.org/#forbidden-request-header
var forbiddenNames = map[string]bool{
	"accept-charset": true, "accept-encoding": true, "access-control-request-headers": true, "access-control-request-method": true,
	"connection": true, "content-length": true, "cookie": true, "cookie2": true, "date": true, "dnt": true, "expect": true, "host": true,
	"keep-alive": true, "origin": true, "referer": true, "set-cookie": true, "te": true, "trailer": true, "transfer-encoding": true,
	"upgrade": true, "via": true,
}

// isForbiddenRequestHeader reports whether a script must not set the header.
//
// https://fetch.spec.whatwg.org/#forbidden-request-header
func isForbiddenRequestHeader(name, value string) bool {
	name = strings.ToLower(name)
	if forbiddenNames[name] || strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-") {
		return true
	}
	if name == "x-http-method" || name == "x-http-method-override" || name == "x-method-override" {
		return slices.ContainsFunc(strings.Split(value, ","), func(m string) bool { return isForbiddenMethod(strings.Trim(m, "\t ")) })
	}
	return false
}

// isForbiddenMethod reports whether a script must not use the method.
//
// https://fetch.spec.whatwg.org/#forbidden-method
func isForbiddenMethod(method string) bool {
	return strings.EqualFold(method, "CONNECT") || strings.EqualFold(method, "TRACE") || strings.EqualFold(method, "TRACK")
}

// normalizeMethod spells the usual methods in upper case.
//
// https://fetch.spec.whatwg.org/#concept-method-normalize
func normalizeMethod(method string) string {
	switch upper := strings.ToUpper(method); upper {
	case "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT":
		return upper
	}
	return method
}

// isSafelisted reports whether a request header needs no permission of another origin.
//
// https://fetch.spec.whatwg.org/#cors-safelisted-request-header
func isSafelisted(name, value string) bool {
	if len(value) > 128 {
		return false
	}
	switch strings.ToLower(name) {
	case "accept":
		return !strings.ContainsFunc(value, unsafeByte)
	case "accept-language", "content-language":
		return !strings.ContainsFunc(value, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(" *,-.;=", r))
		})
	case "content-type":
		essence, _, _ := strings.Cut(value, ";")
		switch strings.ToLower(strings.Trim(essence, "\t\n\r ")) {
		case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
			return !strings.ContainsFunc(value, unsafeByte)
		}
	}
	return false
}

// unsafeByte is a CORS-unsafe request-header byte.
//
// https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
func unsafeByte(r rune) bool {
	return r < 0x20 && r != '\t' || r == 0x7F || strings.ContainsRune("\"():<>?@[\\]{}", r)
}

// unsafeNames returns the names of the headers that need permission, in lower case, sorted.
//
// https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
func (l headerList) unsafeNames() []string {
	var names []string
	for _, h := range l {
		if !isSafelisted(h.name, h.value) {
			names = append(names, strings.ToLower(h.name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isExposed reports whether a response header may be seen by another origin.
//
// https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
func isExposed(name string, exposed []string) bool {
	switch name = strings.ToLower(name); name {
	case "set-cookie", "set-cookie2":
		return false
	case "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma":
		return true
	}
	return slices.Contains(exposed, name) || slices.Contains(exposed, "*")
}
