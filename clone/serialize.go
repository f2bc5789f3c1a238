package clone

import (
	"reflect"
	"unsafe"
)

// Serializer is a message that serializes itself: a value of another heap. It is called where any
// other message would be serialized, so that the steps of the standard's methods keep their order.
type Serializer interface {
	// SerializeWithTransfer is StructuredSerializeWithTransfer into an empty record, see
	// [Writer.Serialize]. The caller returns its error as it is.
	SerializeWithTransfer(into *Record, transfer []Transferable) error
}

// Serialize is StructuredSerialize: it takes a snapshot of v.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserialize
func Serialize(v any) (*Record, error) { return SerializeWithTransfer(v, nil) }

// SerializeWithTransfer is StructuredSerializeWithTransfer: it takes a snapshot of v, in which
// the objects of the transfer list are replaced by the receiving ones, and then transfers
// these, in order. If one of them turns out to be detached, those before it stay detached and
// what they held is lost.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer
func SerializeWithTransfer(v any, transfer []Transferable) (*Record, error) {
	r := new(Record)
	if err := r.Serialize(v, transfer); err != nil {
		return nil, err
	}
	return r, nil
}

// Serialize is [SerializeWithTransfer] into an empty record, which may be part of a larger value
// and then needs no allocation of its own. After an error the record is unusable.
func (r *Record) Serialize(v any, transfer []Transferable) error {
	if s, ok := v.(Serializer); ok {
		return s.SerializeWithTransfer(r, transfer)
	}
	if len(transfer) == 0 {
		switch x := v.(type) { // OPTIMIZATION: nothing to copy
		case nil, bool, float64:
			r.value, r.size = v, 8
			return nil
		case string:
			if wellFormed(x) {
				r.value, r.size = v, len(x)
				return nil
			}
		}
	}
	// 1-2. Check the list, make data holders.
	if err := r.hold(transfer); err != nil {
		return err
	}
	// 3. Serialize.
	if err := r.take(v, transfer, false); err != nil {
		return err
	}
	// 4-5. Transfer.
	return r.transfer(transfer)
}

// transfer moves what is in the transfer list to the holders.
func (r *Record) transfer(transfer []Transferable) error {
	for i, t := range transfer {
		err := error(nil)
		if t.Detached() {
			err = dataCloneError("$: " + reflect.TypeOf(t).Elem().Name() + " in the transfer list is detached")
		} else {
			err = r.holders[i].Transfer()
		}
		if err != nil {
			r.holders = r.holders[:i]
			r.Discard()
			return err
		}
	}
	return nil
}

// hold makes the data holders of a transfer list.
func (r *Record) hold(transfer []Transferable) error {
	if len(transfer) == 0 {
		return nil
	}
	r.holders = make([]Holder, len(transfer))
	for i, t := range transfer {
		typ := reflect.TypeOf(t)
		if t == nil || typ.Kind() != reflect.Pointer || pointerWord(t) == nil {
			return dataCloneError("$: the transfer list holds something that cannot be transferred")
		}
		r.holders[i] = t.NewHolder()
	}
	return nil
}

// StructuredClone is the method structuredClone: a canonical copy of v.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone
func StructuredClone(v any, transfer ...Transferable) (any, error) {
	r, err := SerializeWithTransfer(v, transfer)
	if err != nil {
		return nil, err
	}
	if _, err := r.Receive(nil); err != nil {
		return nil, err
	}
	return r.Data(), nil
}

// take makes v the content of the record. canonical: do not keep its type.
func (r *Record) take(v any, transfer []Transferable, canonical bool) error {
	var c copier
	for i, t := range transfer {
		e := c.known(t)
		if e.value != nil {
			c.memory.release()
			return dataCloneError("$: " + reflect.TypeOf(t).Elem().Name() + " is in the transfer list twice")
		}
		e.value, c.transfer = r.holders[i].Value(), true
	}
	ok := c.root(r, v, canonical) && c.finish()
	c.memory.release()
	if c.conflict {
		return r.take(v, transfer, true)
	}
	if !ok {
		return c.failure.err()
	}
	r.size, r.ordered = c.size, c.ordered
	return nil
}

// root copies the value of a message.
func (c *copier) root(r *Record, v any, canonical bool) (ok bool) {
	r.form = formCanonical
	switch v.(type) {
	case map[string]any, []any, nil:
	default:
		p := planFor(reflect.TypeOf(v))
		if !canonical && p.keepsType() {
			r.form = formTyped
			r.value, ok = c.typed(p, v)
			return ok
		}
	}
	r.value, ok = c.value(v)
	return ok
}

// keepsType reports whether a message of this type is kept as it is. Others are canonical, or of no
// use with a type.
func (p *plan) keepsType() bool {
	switch p.op {
	case opPointer, opSlice, opView, opArray, opMap, opStruct:
		return p.typed
	}
	return false
}

// typed returns a copy of v with its own type.
func (c *copier) typed(p *plan, v any) (any, bool) {
	c.mixed = p.dynamic
	word := pointerWord(v)
	if p.immutable {
		return v, c.fix(p, word) // OPTIMIZATION: nobody can change the value in an interface
	}
	if p.direct {
		return c.typedDirect(p, word)
	}
	dst := reflect.New(p.typ).UnsafePointer()
	p.move(dst, word)
	ok := c.fix(p, dst)
	return interfaceOf(p.typeWord(), dst), ok
}

func (c *copier) typedDirect(p *plan, word unsafe.Pointer) (any, bool) {
	ok := c.fix(p, unsafe.Pointer(&word))
	return interfaceOf(p.typeWord(), word), ok
}

// canonicalize returns the canonical form of a snapshot. ordered says whether it holds an *Object;
// copied, that the result must share nothing with it. It fails only if the snapshot was given away
// and something was put in that cannot be cloned.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize
func canonicalize(snapshot any, ordered, copied bool) (any, error) {
	c := copier{snapshot: true, alias: !copied, objects: objectsAsMaps, ordered: ordered}
	return c.deserialize(snapshot)
}

// inOrder returns the form of a snapshot in which all Objects are *Object.
func inOrder(snapshot any, copied bool) (any, error) {
	c := copier{snapshot: true, alias: !copied, objects: objectsInOrder}
	return c.deserialize(snapshot)
}

func (c *copier) deserialize(snapshot any) (any, error) {
	v, ok := c.value(snapshot)
	ok = ok && c.finish()
	c.memory.release()
	if !ok {
		return nil, c.failure.err()
	}
	return v, nil
}
