package qjs

// Charge counts bytes of Go memory that script causes to be held beside the heap, such as the
// content of a Blob. If there were more than the memory limit then, it counts nothing and reports
// false. So a runtime costs at most twice its limit. Any goroutine may call it.
func (rt *Runtime) Charge(n int) bool {
	if total := rt.external.Add(int64(n)); rt.memoryLimit > 0 && total > int64(rt.memoryLimit) {
		rt.external.Add(-int64(n))
		return false
	}
	return true
}

// Refund takes back what Charge counted. Any goroutine may call it.
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
