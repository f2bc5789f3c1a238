package settings

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Memory counts the Go memory that an object holds for script, outside of the engine's heap. It
// counts towards the heap's limit, so that a page cannot fill the memory of the program with lists,
// forms or blobs. The zero value holds nothing. Owned by the agent's goroutine.
type Memory struct {
	runtime *qjs.Runtime
	held    int
}

// Hold counts n more bytes. When there is no room, actual returns the real number of bytes, those n
// included: only then are released bytes subtracted. The error is a RangeError.
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

// maxConverted is the maximal number of bytes of the strings that one argument is converted to.
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
