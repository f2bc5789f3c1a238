package settings

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Memory is how much Go memory an object holds on behalf of script, beside the engine's heap: it
// counts as the heap does, so that a page cannot fill the memory of the program by lists, forms or
// blobs. The zero value holds nothing. Owned by the agent's goroutine.
type Memory struct {
	runtime *qjs.Runtime
	held    int
}

// Hold counts n more bytes. When there is no room, actual says how many there really are, those n
// included: what was let go meanwhile is taken back only then. The error is a RangeError.
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

// maxConverted is how many bytes of strings one argument may be converted to.
const maxConverted = 256 << 20

// Counting makes a conversion to strings, used for all elements of one argument, that fails when
// they become too many: an iterator of a script need not end. The error is a RangeError.
func Counting(convert webidl.Convert[string]) webidl.Convert[string] {
	total := 0
	return func(realm *qjs.Realm, v qjs.Value) (string, error) {
		s, err := convert(realm, v)
		if total += len(s) + 32; err == nil && total > maxConverted {
			err = webidl.RangeError("out of memory")
		}
		return s, err
	}
}
