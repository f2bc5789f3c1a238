package sim

import (
	"encoding/binary"
	"hash/maphash"
	"reflect"
	"slices"
)

// fingerprint is a hash of the whole state, but for what makes no difference any more: the machines
// of clients and sessions that are gone, what is on its way to them, and in which order sessions
// were opened.
func (w *World) fingerprint(at []int, faults int) uint64 {
	p := newPrinter()
	p.value(reflect.ValueOf(at))
	p.number(uint64(faults))
	for _, c := range w.Clients {
		p.value(reflect.ValueOf([]bool{c.Dead, c.online}))
		if !c.Dead {
			p.value(reflect.ValueOf(c.endpoint))
		}
		for _, e := range c.exposed {
			p.value(reflect.ValueOf(e.Name()))
		}
	}
	for _, c := range w.Channels {
		for _, e := range c.Ends {
			p.value(reflect.ValueOf([]bool{e.Ended, e.Lost, e.Closed, e.At == nil}))
			p.number(uint64(len(e.queue)))
		}
	}
	sessions := slices.SortedFunc(slices.Values(w.sessions), func(a, b *Session) int { return a.Number() - b.Number() })
	for _, s := range sessions {
		p.number(uint64(s.Number()))
		p.value(reflect.ValueOf([]bool{s.cut, s.half, s.gone, s.done, s.greeted, s.inherited}))
		p.queue(&s.asks)
		p.queue(&s.down)
		if s.done {
			continue
		}
		p.value(reflect.ValueOf(s.machine))
		p.value(reflect.ValueOf(&s.heir))
		p.queue(&s.up)
		for _, from := range sessions {
			p.queue(w.pair(from.Number(), s))
		}
		p.queue(w.pair(Directory, s))
	}
	p.value(reflect.ValueOf(w.directory))
	return p.hash.Sum64()
}

// printer writes values into a hash, whatever they are, and pointers by what they point to.
type printer struct {
	hash maphash.Hash
	seen map[uintptr]uint64
}

var hashSeed = maphash.MakeSeed()

func newPrinter() *printer {
	p := &printer{seen: map[uintptr]uint64{}}
	p.hash.SetSeed(hashSeed)
	return p
}

func (p *printer) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	p.hash.Write(b[:])
}

func (p *printer) queue(q *queue) {
	p.number(uint64(q.len()))
	for _, i := range q.list[q.head:] {
		p.number(uint64(i.kind))
		p.hash.Write(i.bytes)
		p.value(reflect.ValueOf(i.ask))
	}
}

// passing are types and fields that are nothing but means, or the time.
var passing = []string{"Out", "SessionOut", "Batch", "Settings", "keySet", "roundTrip"}

func (p *printer) value(v reflect.Value) {
	if !v.IsValid() || slices.Contains(passing, v.Type().Name()) {
		return
	}
	p.number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			p.number(1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.number(v.Uint())
	case reflect.String:
		p.hash.WriteString(v.String())
	case reflect.Slice, reflect.Array:
		p.number(uint64(v.Len()))
		if v.Type().Elem().Kind() == reflect.Uint8 && (v.Kind() == reflect.Slice || v.CanAddr()) {
			p.hash.Write(v.Bytes())
			return
		}
		for i := range v.Len() {
			p.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			p.value(v.Field(i))
		}
	case reflect.Interface:
		p.value(v.Elem())
	case reflect.Pointer:
		switch nth, known := p.seen[v.Pointer()]; {
		case v.IsNil():
		case slices.Contains(passing, v.Type().Elem().Name()):
		case known:
			p.number(nth)
		default:
			p.seen[v.Pointer()] = uint64(len(p.seen) + 1)
			p.value(v.Elem())
		}
	case reflect.Map:
		p.entries(v)
	}
}

// entries writes a map in the order of its keys' hashes.
func (p *printer) entries(v reflect.Value) {
	type entry struct {
		key   uint64
		value reflect.Value
	}
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		key := newPrinter()
		key.value(i.Key())
		entries = append(entries, entry{key.hash.Sum64(), i.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key < b.key {
			return -1
		}
		return 1
	})
	p.number(uint64(len(entries)))
	for _, e := range entries {
		p.number(e.key)
		p.value(e.value)
	}
}
