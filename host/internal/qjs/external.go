package qjs

// Charge counts bytes of Go memory that script holds outside of the heap, such as the content of a
// Blob. If the sum would exceed the memory limit, it counts nothing and returns false. So a runtime
// costs at most twice its limit. Any goroutine may call it.
func (rt *Runtime) Charge(n int) bool {
	if total := rt.external.Add(int64(n)); rt.memoryLimit > 0 && total > int64(rt.memoryLimit) {
		rt.external.Add(-int64(n))
		return false
	}
	return true
}

// Refund subtracts bytes that Charge counted. Any goroutine may call it.
func (rt *Runtime) Refund(n int) { rt.external.Add(-int64(n)) }

// ChargeOrCollect is Charge on the runtime's own goroutine: it collects garbage before it gives up.
// The error is a RangeError.
func (rt *Runtime) ChargeOrCollect(n int) error {
	if rt.Charge(n) {
		return nil
	}
	rt.GC()
	if rt.Charge(n) {
		return nil
	}
	return RangeError("out of memory")
}
