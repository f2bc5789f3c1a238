package clone

// begins maps each written object to its place in the output.
//
// OPTIMIZATION: the few objects of a small message are kept in a list.
type begins struct {
	few   [8]begin
	count int
	many  map[Identity]int // all, once there are more
}

type begin struct {
	object Identity
	at     int
}

// find returns where an object begins.
func (b *begins) find(object Identity) (at int, ok bool) {
	if b.count > len(b.few) {
		at, ok = b.many[object]
		return at, ok
	}
	for i := range b.few[:b.count] {
		if b.few[i].object == object {
			return b.few[i].at, true
		}
	}
	return 0, false
}

// add notes where an object begins that was not found.
func (b *begins) add(object Identity, at int) {
	if b.count < len(b.few) {
		b.few[b.count] = begin{object, at}
		b.count++
		return
	}
	if b.count == len(b.few) {
		if b.many == nil {
			b.many = make(map[Identity]int)
		}
		for _, e := range b.few {
			b.many[e.object] = e.at
		}
	}
	b.many[object] = at
	b.count++
}

// reset forgets all objects.
func (b *begins) reset() {
	if b.count > len(b.few) {
		clear(b.many)
	}
	b.count = 0
}
