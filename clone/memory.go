package clone

import (
	"math/bits"
	"sync"
	"unsafe"
)

// memory is the memory map of a structured clone: it maps source objects that were met to the
// objects that stand for them. The few objects of a small message are kept in a list, more of them
// in a hash table that is reused.
type memory struct {
	few   [8]entry
	count int
	table *table
}

// entry is one object. A Go object is known by its address, its type and, if it is a
// slice, its length.
type entry struct {
	pointer unsafe.Pointer
	id      unsafe.Pointer // of the type, and of what it is cloned to: itself or its canonical form
	length  int
	value   any // nil when just met
}

// table is an open addressing hash table of a power of two entries, at most half of them used.
type table struct {
	entries []entry
	shift   uint8
	class   int // of the size
}

// Tables have firstTable entries, then 8 times as many, and so on. Each size has a pool of its own,
// so that clearing a table costs no more than filling it did. Larger ones than there are pools
// double, and are left to the garbage collector.
const firstTable = 64

var tables [3]sync.Pool

func newTable(class int) *table {
	if class < len(tables) {
		if t, _ := tables[class].Get().(*table); t != nil {
			return t
		}
	}
	size := firstTable << (3*min(class, len(tables)) + max(class-len(tables), 0))
	return &table{make([]entry, size), uint8(64 - bits.TrailingZeros(uint(size))), class}
}

func (t *table) release() {
	if t.class < len(tables) {
		clear(t.entries)
		tables[t.class].Put(t)
	}
}

// find returns the entry of an object. If its value is nil, it is new, and the caller sets it
// before the next find.
func (m *memory) find(pointer, id unsafe.Pointer, length int) *entry {
	if m.table != nil {
		return m.findInTable(pointer, id, length)
	}
	for i := range m.few[:m.count] {
		if e := &m.few[i]; e.pointer == pointer && e.id == id && e.length == length {
			return e
		}
	}
	if m.count == len(m.few) {
		m.table = newTable(0)
		for i := range m.few {
			*m.table.slot(m.few[i].pointer, m.few[i].id, m.few[i].length) = m.few[i]
		}
		return m.findInTable(pointer, id, length)
	}
	e := &m.few[m.count]
	m.count++
	e.pointer, e.id, e.length = pointer, id, length
	return e
}

// has reports whether an object was met.
func (m *memory) has(pointer, id unsafe.Pointer, length int) bool {
	if m.table != nil {
		return m.table.slot(pointer, id, length).pointer != nil
	}
	for i := range m.few[:m.count] {
		if e := &m.few[i]; e.pointer == pointer && e.id == id && e.length == length {
			return true
		}
	}
	return false
}

func (m *memory) findInTable(pointer, id unsafe.Pointer, length int) *entry {
	e := m.table.slot(pointer, id, length)
	if e.pointer != nil {
		return e
	}
	if m.count*2 >= len(m.table.entries) {
		m.grow()
		e = m.table.slot(pointer, id, length)
	}
	m.count++
	e.pointer, e.id, e.length = pointer, id, length
	return e
}

func (m *memory) grow() {
	old := m.table
	m.table = newTable(old.class + 1)
	for i := range old.entries {
		if e := &old.entries[i]; e.pointer != nil {
			*m.table.slot(e.pointer, e.id, e.length) = *e
		}
	}
	old.release()
}

// slot returns the entry of an object, or the one where it belongs.
func (t *table) slot(pointer, id unsafe.Pointer, length int) *entry {
	// Fibonacci hashing; addresses differ from bit 3 on.
	h := (uint64(uintptr(pointer)) ^ uint64(uintptr(id))<<7 ^ uint64(length)<<40) * 0x9E3779B97F4A7C15
	mask := len(t.entries) - 1
	for i := int(h >> t.shift); ; i = (i + 1) & mask {
		e := &t.entries[i]
		if e.pointer == nil || e.pointer == pointer && e.id == id && e.length == length {
			return e
		}
	}
}

// release gives the table back. The memory must not be used any more.
func (m *memory) release() {
	if m.table != nil {
		m.table.release()
		m.table = nil
	}
}
