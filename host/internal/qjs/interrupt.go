package qjs

import (
	"errors"
	"time"

	"modernc.org/libc"
)

// Reasons for which script ends or does not begin.
var (
	ErrMemory    = errors.New("qjs: out of memory")
	ErrTimeLimit = errors.New("qjs: the script took too long")
	ErrBroken    = errors.New("qjs: the engine failed; the runtime can only be closed")
)

type interruptFunc = func(tls *libc.TLS, rt, opaque uintptr) int32

// interruptHandler is asked by the engine every few thousand operations.
var interruptHandler = interruptFunc(func(_ *libc.TLS, p, _ uintptr) int32 {
	rt := runtimeOfEngine(p)
	if rt.terminated != nil {
		return 1
	}
	if reason := rt.interrupt.Load(); reason != nil {
		rt.terminated = &Termination{*reason}
		return 1
	}
	if rt.timeLimit == 0 {
		return 0
	}
	now := time.Now()
	if rt.started.IsZero() {
		rt.started = now
		return 0
	}
	if now.Sub(rt.started) > rt.timeLimit {
		rt.terminated = &Termination{ErrTimeLimit}
		return 1
	}
	return 0
})

// Interrupt ends the running script, which cannot catch it, and refuses to run more until
// ClearInterrupt: whoever ran it gets a [*Termination]. Any goroutine may call it.
func (rt *Runtime) Interrupt(reason error) {
	rt.interrupt.CompareAndSwap(nil, &reason)
	select {
	case rt.wake <- struct{}{}:
	default:
	}
}

// ClearInterrupt lets script run again.
func (rt *Runtime) ClearInterrupt() {
	rt.interrupt.Store(nil)
	select {
	case <-rt.wake:
	default:
	}
}

// Interrupted is the reason that Interrupt gave, or nil. Any goroutine may call it.
func (rt *Runtime) Interrupted() error {
	if reason := rt.interrupt.Load(); reason != nil {
		return *reason
	}
	return nil
}

// SetTimeLimit bounds each outermost entry from Go (Eval, Call, RunJob, ...); 0 is no bound.
func (rt *Runtime) SetTimeLimit(limit time.Duration) { rt.timeLimit = limit }

func (rt *Runtime) resetTimeLimit() { rt.started = time.Time{} }
