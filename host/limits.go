package host

import "fmt"

// What a page with a worker needs.
const (
	minimalMemoryLimit = 4 << 20
	minimalStackSize   = 100
)

// checkLimits says what limit is too small for any page.
func (o Options) checkLimits() error {
	if o.MemoryLimit > 0 && o.MemoryLimit < minimalMemoryLimit {
		return fmt.Errorf("host: the MemoryLimit is %d bytes, at least %d are needed", o.MemoryLimit, minimalMemoryLimit)
	}
	if o.StackSize != 0 && o.StackSize < minimalStackSize {
		return fmt.Errorf("host: the StackSize is %d, at least %d is needed", o.StackSize, minimalStackSize)
	}
	return nil
}
