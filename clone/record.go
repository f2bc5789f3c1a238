package clone

// Record is a serialized message: a private snapshot of Go values, or bytes. It belongs to one goroutine at a time.
type Record struct {
	value   any      // the snapshot, by form
	body    []byte   // the bytes, if form is formBytes
	holders []Holder // in the order of the transfer list
	size    int      // rough size in bytes
	form    form
	ordered bool // the snapshot holds an *Object somewhere
	shared  bool // value and body are other records' too: they are copied when they are given out
	done    bool // the holders were received or discarded
}

// form is what a record's content is.
type form uint8

const (
	formCanonical     form = iota // value is canonical, except that it may hold an *Object
	formTyped                     // value is of the sender's own type; canonical where that says any
	formBytes                     // body
	formUndeliverable             // value is the reason, a string
)

// FromBytes returns a record of bytes that came from elsewhere, with the holders of what was transferred besides buffers, in slot order. It
// takes ownership of body. The bytes may be anything; [Record.Check] says whether they are a message.
func FromBytes(body []byte, holders []Holder) *Record {
	return &Record{body: body, holders: holders, size: len(body), form: formBytes}
}

// Undeliverable returns a record that keeps the place and the holders of a message that could not be brought to its receiver. Check reports the reason.
func Undeliverable(reason string, holders []Holder) *Record {
	return &Record{value: reason, holders: holders, size: len(reason), form: formUndeliverable}
}

// Holders returns the holders of what was transferred, in the order of the transfer list. The slice belongs to the record.
func (r *Record) Holders() []Holder { return r.holders }

// Size returns a rough size in bytes, for windows and traces.
func (r *Record) Size() int { return r.size }
