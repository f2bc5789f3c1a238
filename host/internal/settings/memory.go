package settings

import "github.com/entangle-go/entangle/host/internal/qjs"

// Memory is how much Go memory an object holds on behalf of script, beside the engine's heap: it counts as the heap does, so that a page
// cannot fill the memory of the program by lists, forms or blobs. The zero value holds nothing. Owned by the agent's goroutine.
type Memory struct {
	runtime *qjs.Runtime
	held    int
}

// Hold counts n more bytes. When there is no room, actual says how many there really are, those n included: what was let go meanwhile is
// taken back only then. The error is a RangeError.
func (m *Memory) Hold(runtime *qjs.Runtime, n int, actual func() int) error {
	m.runtime = runtime
	if runtime.Charge(n) {
		m.held += n
		return nil
	}
	m.Release()
	n = actual()
	if err := runtime.ChargeOrCollect(n); err != nil {
		return err
	}
	m.held = n
	return nil
}

// Release gives everything back. For Finalize.
func (m *Memory) Release() {
	if m.runtime != nil {
		m.runtime.Refund(m.held)
		m.held = 0
	}
}
