package qjs

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// OnFailure sets a function that is called once when the engine has failed: the runtime can then
// only be closed. The function must not use the engine.
func (rt *Runtime) OnFailure(f func(*PanicError)) { rt.onFailure = f }

// Failed is for deferred functions that recovered from a panic outside of all entries. It reports
// whether the engine itself panicked; its heap cannot be trusted any more then.
func (rt *Runtime) Failed(p any) bool {
	if !rt.broken && enginePanicked() {
		rt.fail(p)
	}
	return rt.broken
}

// fail makes the runtime usable only for closing.
func (rt *Runtime) fail(p any) *PanicError {
	if rt.failure == nil {
		rt.failure = &PanicError{p, debug.Stack()}
		rt.broken, rt.terminated = true, rt.failure
		rt.closed = true // nothing enters the engine from now on
		if rt.onFailure != nil {
			rt.onFailure(rt.failure)
		}
	}
	return rt.failure
}

// enginePanicked says whether the panic that is under way began in the engine, or in this package's
// access to its memory.
func enginePanicked() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicked, fault := false, false
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			panicked, fault = true, false
		case frame.Function == "runtime.sigpanic":
			fault = true
		case !panicked || strings.HasPrefix(frame.Function, "runtime."):
		default:
			return strings.HasPrefix(frame.Function, "modernc.org/") || fault && strings.Contains(frame.Function, "/host/internal/qjs.")
		}
		if !more {
			return false
		}
	}
}
