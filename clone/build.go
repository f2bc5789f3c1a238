package clone

// Build returns the message as a value of another heap. Like Data it comes after [Record.Receive].
// It fails if [Record.Check] or the builder fails. If the builder takes over the memory of a
// transferred *ArrayBuffer, Data and Decode do not have it any more.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize
func Build[V any](builder Builder[V], r *Record) (V, error) { return new(Reader[V]).Build(builder, r) }

// Reader holds the memory that [Build] works with. Its zero value is ready for use. It can be used
// again, but not by its own builder.
type Reader[V any] struct{ reader reader[V] }

// Build is like the function of that name.
func (b *Reader[V]) Build(builder Builder[V], r *Record) (V, error) {
	var none V
	body, beside, err := r.besides()
	if err != nil {
		return none, err
	}
	options := decodeOptions{local: r.local || !r.isBytes(), beside: beside}
	b.reader.builder, b.reader.body, b.reader.options = builder, body, options.readOptions(len(portValues(r.holders)))
	v, err := b.reader.run()
	b.reader.reset()
	if err != nil {
		return none, err
	}
	return v, nil
}

// besides returns the message as bytes and what is beside them.
func (r *Record) besides() (body []byte, beside []any, err error) {
	value := r.value
	switch r.form {
	case formUndeliverable:
		return nil, nil, undeliverable(value.(string))
	case formBytes, formBeside:
		body, beside = r.body()
		return body, beside, nil
	case formTyped:
		if value, err = inOrder(value, false); err != nil {
			return nil, nil, err
		}
	}
	return encodeBeside(value, r.holders)
}
