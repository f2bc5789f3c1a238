package clone

// Serialize is StructuredSerialize: it takes a snapshot of v. The error is a DataCloneError.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserialize
func Serialize(v any) (*Record, error) { return SerializeWithTransfer(v, nil) }

// SerializeWithTransfer is StructuredSerializeWithTransfer.
func SerializeWithTransfer(v any, transfer []Transferable) (*Record, error) {
	return &Record{value: v}, nil
}

// StructuredClone is the method structuredClone.
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

func canonicalize(value any, copied bool) any { return value }
func orderedValue(value any) any              { return value }

// Decode stores the message in what dst, a pointer, points at.
func (r *Record) Decode(dst any) error { return dataCloneError("not yet") }
