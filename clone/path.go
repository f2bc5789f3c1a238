package clone

import (
	"slices"
	"strconv"
	"strings"
)

// failure says why a value cannot be cloned, and where. Every function on the way out adds its
// part of the path.
type failure struct {
	message string
	path    []string // from the value to the root
	short   bool     // the path does not begin at the root, because the value is nested deeper than the stack is used
}

func (f *failure) err() *DOMException {
	var b strings.Builder
	b.WriteByte('$')
	if f.short {
		b.WriteString("…")
	}
	for _, segment := range slices.Backward(f.path) {
		b.WriteString(segment)
	}
	b.WriteString(": ")
	b.WriteString(f.message)
	return dataCloneError(b.String())
}

// propertySegment is the part of a path that leads to a property: .name or ["any name"].
func propertySegment(key string) string {
	for i, r := range key {
		if r != '_' && r != '$' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return "." + key
}

// indexSegment is the part of a path that leads to an element.
func indexSegment(i int) string { return "[" + strconv.Itoa(i) + "]" }

// keySegment and entrySegment are the parts of a path that lead to the ith key of a Map or value of
// a Set, and to a value of a Map.
func keySegment(i int) string { return ".keys()" + indexSegment(i) }

func entrySegment(key any, i int) string {
	switch k := key.(type) {
	case string:
		return ".get(" + strconv.Quote(k) + ")"
	case float64:
		return ".get(" + strconv.FormatFloat(k, 'g', -1, 64) + ")"
	case bool:
		return ".get(" + strconv.FormatBool(k) + ")"
	}
	return ".values()" + indexSegment(i)
}
