package clone

import (
	"slices"
	"unsafe"
)

// Record is a serialized message: a private snapshot of Go values, or bytes. It belongs to one
// goroutine at a time.
type Record struct {
	value   any      // by form
	holders []Holder // in the order of the transfer list
	size    int      // rough size in bytes
	form    form
	ordered bool // the snapshot holds an *Object somewhere
	shared  bool // other records have the same value: it is copied when it is given out
	local   bool // the bytes were written in this process, so that they need no check
	done    bool // the holders were received or discarded
}

// form is what a record's content is.
type form uint8

const (
	formCanonical     form = iota // a canonical snapshot, except that it may hold an *Object
	formTyped                     // a snapshot of the sender's own type; canonical where that says any
	formBytes                     // a *byte, the first of size bytes
	formBeside                    // a *besides
	formUndeliverable             // the reason, a string
)

// besides is a value of another heap as bytes, and what travels beside them in memory.
type besides struct {
	body   []byte
	beside []any
}

// FromBytes returns a record of bytes that came from elsewhere, with the holders of the transferred
// objects other than buffers, in slot order. It takes ownership of body. The bytes may be anything;
// [Record.Check] says whether they are a message.
func FromBytes(body []byte, holders []Holder) *Record {
	return &Record{value: unsafe.SliceData(body), holders: holders, size: len(body), form: formBytes}
}

// body returns the bytes of a record of bytes, and what is beside them, which the
// receiver may keep.
func (r *Record) body() ([]byte, []any) {
	b, ok := r.value.(*besides)
	if !ok {
		return unsafe.Slice(r.value.(*byte), r.size), nil
	}
	if !r.shared {
		return b.body, b.beside
	}
	own := slices.Clone(b.beside)
	for i, object := range own {
		if buffer, ok := object.(*ArrayBuffer); ok {
			own[i] = &ArrayBuffer{data: append([]byte{}, buffer.data...), max: buffer.max, resizable: buffer.resizable}
		}
	}
	return b.body, own
}

// isBytes reports whether the record has a body.
func (r *Record) isBytes() bool { return r.form == formBytes || r.form == formBeside }

// decode returns the canonical value of a record of bytes.
func (r *Record) decode(copied, ordered bool) (any, error) {
	body, beside := r.body()
	return decodeBody(body, r.holders, decodeOptions{copied, ordered, r.local, beside})
}

// Undeliverable returns a record that keeps the place and the holders of a message that could not
// be delivered. [Record.Check] reports the reason.
func Undeliverable(reason string, holders []Holder) *Record {
	return &Record{value: reason, holders: holders, size: len(reason), form: formUndeliverable}
}

// Holders returns the holders of the transferred objects, in the order of the transfer list. The
// slice belongs to the record.
func (r *Record) Holders() []Holder { return r.holders }

// Size returns a rough size in bytes, for windows and traces.
func (r *Record) Size() int { return r.size }

// Check returns the error with which deserialization would fail: the record is undeliverable, or
// its bytes are not a message, or they are nested deeper than 1,000 levels. It builds nothing. A
// record of [Serialize] never fails.
func (r *Record) Check() error {
	switch {
	case r.form == formUndeliverable:
		return undeliverable(r.value.(string))
	case r.form == formBytes && !r.local:
		body, _ := r.body()
		return checkBody(body, r.holders)
	}
	return nil
}

func undeliverable(reason string) error {
	return dataCloneError("the message could not be delivered: " + reason)
}

// Receive runs the transfer-receiving steps of all holders, in order, and returns the received
// objects, e.g. *ArrayBuffer. It comes before [Record.Data] and [Record.Decode]; what they return
// refers to the same objects. It passes realm to the holders. If a holder fails, everything that
// the record holds is lost. A second call returns an InvalidStateError.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserializewithtransfer
func (r *Record) Receive(realm any) ([]any, error) {
	if len(r.holders) == 0 {
		return nil, nil
	}
	if r.done {
		return nil, &DOMException{Name: "InvalidStateError", Message: "the record was received or discarded before"}
	}
	r.done = true
	values := make([]any, len(r.holders))
	for i, h := range r.holders {
		if err := h.Receive(realm); err != nil {
			for _, lost := range r.holders {
				lost.Discard()
			}
			return nil, err
		}
		values[i] = h.Value()
	}
	return values, nil
}

// Discard drops everything that the record holds: the peers of its ports get close. After Receive
// or another Discard it does nothing.
func (r *Record) Discard() {
	if len(r.holders) == 0 || r.done {
		return
	}
	r.done = true
	for _, h := range r.holders {
		h.Discard()
	}
}

// Share returns a record of the same message for one more receiver, which gets a copy of its own.
// The record on which it is called must have no holders and must not be given to a receiver itself;
// several goroutines may call Share at the same time.
func (r *Record) Share() *Record {
	if r.immutable() {
		return r // OPTIMIZATION: nobody can tell
	}
	return &Record{value: r.value, size: r.size, form: r.form, ordered: r.ordered, local: r.local, shared: true}
}

// immutable reports whether the message is a value that cannot be changed, so that one record may
// have several receivers.
func (r *Record) immutable() bool {
	switch r.form {
	case formUndeliverable:
		return true
	case formCanonical:
		switch r.value.(type) {
		case nil, bool, float64, string, UndefinedType:
			return true
		}
	}
	return false
}

// Data returns the message as a canonical value, the same at every call; nil if Check fails.
func (r *Record) Data() any {
	value, _ := r.data()
	return value
}

func (r *Record) data() (value any, err error) {
	switch {
	case r.form == formUndeliverable:
		return nil, undeliverable(r.value.(string))
	case r.isBytes():
		value, err = r.decode(r.shared, false)
	case r.form == formTyped || r.ordered || r.shared:
		value, err = canonicalize(r.value, r.ordered, r.shared)
	default:
		return r.value, nil
	}
	if err != nil {
		return nil, err
	}
	r.keep(value)
	return value, nil
}

// keep makes value, which is canonical and this record's own, the record's content.
func (r *Record) keep(value any) {
	r.value, r.form, r.ordered, r.shared, r.local = value, formCanonical, false, false, false
}

// Encode returns the byte form of the message. The transferred objects must not have been
// received or discarded: transferred buffers become part of the bytes; the others are numbered in
// slot order, buffers not counted. The error is a DataCloneError that names a value without a
// byte form (SharedArrayBuffer). Encode does not change the record; the bytes of a record of
// bytes are the record's own.
func (r *Record) Encode() ([]byte, error) {
	switch r.form {
	case formBytes:
		body, _ := r.body()
		return body, nil
	case formBeside:
		value, err := r.decode(false, true)
		if err != nil {
			return nil, err
		}
		return encodeValue(value, r.holders)
	case formUndeliverable:
		return encodeUndeliverable(r.value.(string)), nil
	case formTyped:
		value, err := inOrder(r.value, false)
		if err != nil {
			return nil, err
		}
		return encodeValue(value, r.holders)
	}
	return encodeValue(r.value, r.holders)
}
