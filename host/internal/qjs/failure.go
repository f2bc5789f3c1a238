package qjs

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// OnFailure sets what is told, once, that the engine failed: the runtime can only be closed. It
// must not use the engine.
func (rt *Runtime) OnFailure(f func(*PanicError)) { rt.onFailure = f }

// Failed is to be called by a deferred function that recovered from a panic outside of all entries:
// it finds out whether the engine itself panicked, whose heap cannot be trusted any more then.
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
