package console

import (
	"fmt"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// array shows the elements of an array, with how many are missing between them.
func (p *inspector) array(v qjs.Value) shape {
	length := 0
	if l, found, err := v.GetOwn(p.realm, "length"); err == nil && found {
		length = l.Value.Int()
	}
	prefix := ""
	if name := p.constructor(v); name != "Array" {
		prefix = fmt.Sprintf("%s(%d)", name, length)
	}
	return shape{prefix: prefix, list: true, entries: func() []string {
		var entries []string
		i := 0
		for ; i < length && len(entries) < maxEntries && i < 100*maxEntries; i++ {
			key := fmt.Sprint(i)
			if has, err := v.HasOwn(p.realm, key); err == nil && has {
				entries = append(entries, p.property(v, p.realm.String(key)))
				continue
			}
			start := i
			for i+1 < min(length, 100*maxEntries) {
				if has, err := v.HasOwn(p.realm, fmt.Sprint(i+1)); err != nil || has {
					break
				}
				i++
			}
			if i+1 == 100*maxEntries { // OPTIMIZATION: nobody counts holes beyond
				break
			}
			entries = append(entries, fmt.Sprintf("<%d empty %s>", i-start+1, plural(i-start+1, "item")))
		}
		return more(entries, length-i)
	}}
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// more says how many items were left out.
func more(entries []string, n int) []string {
	if n <= 0 {
		return entries
	}
	return append(entries, fmt.Sprintf("... %d more %s", n, plural(n, "item")))
}

// typedArray shows the elements of a typed array.
func (p *inspector) typedArray(v qjs.Value) shape {
	length := 0
	if l, err := v.Get(p.realm, "length"); err == nil {
		length = l.Int()
	}
	return shape{prefix: fmt.Sprintf("%s(%d)", p.constructor(v), length), list: true, entries: func() []string {
		var entries []string
		for i := range min(length, maxEntries) {
			element, err := v.GetIndex(p.realm, i)
			if err != nil {
				break
			}
			entries = append(entries, p.shape(element))
		}
		return more(entries, length-len(entries))
	}}
}

// collection shows a Map or a Set.
func (p *inspector) collection(v qjs.Value) shape {
	class := "Map"
	if v.Class() == qjs.ClassSet {
		class = "Set"
	}
	size := 0
	var entries []string
	each := p.realm.NewFunction("", 2, func(c *qjs.Call) (qjs.Value, error) {
		if size++; size > maxEntries {
			return qjs.Value{}, nil
		}
		entry := p.show(c.Arg(0))
		if class == "Map" {
			entry = p.show(c.Arg(1)) + " => " + entry
		}
		entries = append(entries, entry)
		return qjs.Value{}, nil
	})
	shown := func() {
		if f, err := p.realm.Intrinsic("%"+class+".prototype%").Get(p.realm, "forEach"); err == nil {
			_, _ = f.Call(p.realm, v, each) // what another realm's Map refuses is not shown
		}
	}
	n := 0
	if getter, found, err := p.realm.Intrinsic("%"+class+".prototype%").GetOwn(p.realm, "size"); err == nil && found && getter.Accessor {
		if s, err := getter.Get.Call(p.realm, v); err == nil {
			n = s.Int()
		}
	}
	return shape{prefix: fmt.Sprintf("%s(%d)", p.constructor(v), n), entries: func() []string {
		shown()
		return more(entries, size-len(entries))
	}}
}
