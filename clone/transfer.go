package clone

// Transferable is an object that may be in a transfer list: an *ArrayBuffer, or for example a
// message port. Its dynamic type is a pointer.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#transferable-objects
type Transferable interface {
	Detached() bool    // [[Detached]]: it was transferred (or a port was closed)
	NewHolder() Holder // makes a transfer data holder, without side effects, even for a detached object
}

// Holder is a transfer data holder. It outlives the source object. A record keeps its holders in
// the order of the transfer list.
type Holder interface {
	// Value returns the receiving object, of the type of the source; it is always the same. It is
	// blank until Receive, and stands for the transferred object in the snapshot.
	Value() any
	// Transfer runs the transfer steps: the content moves out of the source, which is detached
	// afterwards. It is called at most once, after the whole value was serialized.
	Transfer() error
	// Receive runs the transfer-receiving steps in a realm (the root package's *Global, or nil). It is
	// called at most once.
	Receive(realm any) error
	// Discard drops the content: a port's peer gets close. It is called at most once, and after
	// Receive only if a later holder of the same record could not be received.
	Discard()
}

// bufferHolder is the transfer data holder of an ArrayBuffer.
type bufferHolder struct {
	source *ArrayBuffer
	buffer ArrayBuffer
}

// NewHolder implements [Transferable].
func (b *ArrayBuffer) NewHolder() Holder { return &bufferHolder{source: b} }

func (h *bufferHolder) Value() any { return &h.buffer }

// Transfer moves the block out of the source, which is detached.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer
func (h *bufferHolder) Transfer() error {
	h.buffer = *h.source
	*h.source = ArrayBuffer{resizable: h.source.resizable, detached: true}
	h.source = nil
	return nil
}

func (h *bufferHolder) Receive(any) error { return nil }

func (h *bufferHolder) Discard() { h.buffer.discard() }
