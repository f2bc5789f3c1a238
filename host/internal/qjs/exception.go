package qjs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	lib "modernc.org/libquickjs"
)

// An Exception is what script threw. As an error it outlives the scope, but its Value does not.
type Exception struct {
	Value        Value
	Message      string // as String(value) would be, without running script
	Stack        string // of an Error: its frames
	URL          string // where it was thrown, as far as known
	Line, Column int
}

func (e *Exception) Error() string { return e.Message }

// A NativeError is an error that becomes one of the language's own, in the realm of the function
// that returns it.
type NativeError struct{ Kind, Message string }

func (e *NativeError) Error() string { return e.Kind + ": " + e.Message }

// TypeError makes a NativeError; the format is that of fmt.Errorf.
func TypeError(format string, args ...any) error {
	return &NativeError{"TypeError", fmt.Sprintf(format, args...)}
}

// RangeError is like [TypeError].
func RangeError(format string, args ...any) error {
	return &NativeError{"RangeError", fmt.Sprintf(format, args...)}
}

// A PanicError is the panic of a Go function that script called. It ends the script, uncatchably.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("qjs: panic: %v\n%s", e.Value, e.Stack) }

// A Termination is the error of script that was interrupted.
type Termination struct{ Reason error }

func (e *Termination) Error() string { return "script was terminated: " + e.Reason.Error() }

// Unwrap gives the reason.
func (e *Termination) Unwrap() error { return e.Reason }

// take gives the pending exception as an error.
func (r *Realm) take() error {
	rt := r.rt
	raw := lib.XJS_GetException(rt.tls, r.ctx)
	if rt.terminated != nil {
		rt.drop(raw)
		lib.XJS_SetUncatchableException(rt.tls, r.ctx, 0)
		return rt.terminated
	}
	return r.NewException(rt.own(raw))
}

// NewException describes a value as if it had been thrown.
func (r *Realm) NewException(v Value) *Exception {
	e := &Exception{Value: v}
	e.Message, e.Stack = r.describe(v)
	e.URL, e.Line, e.Column = stackPosition(e.Stack)
	return e
}

// describe is String(v) and v.stack, from data properties only.
func (r *Realm) describe(v Value) (message, stack string) {
	if !v.IsObject() {
		if v.IsSymbol() {
			return "Symbol()", ""
		}
		s, _ := v.ToString(r)
		return s, ""
	}
	if e, ok := v.GoObject().(error); ok {
		message = e.Error()
	}
	scope := r.rt.OpenScope()
	defer scope.Close()
	if s := r.dataProperty(v, lib.EJS_ATOM_stack); s.IsString() {
		stack = s.text()
	}
	name, text := r.dataProperty(v, lib.EJS_ATOM_name), r.dataProperty(v, lib.EJS_ATOM_message)
	switch {
	case message != "":
	case v.IsFunction():
		message = "[object Function]"
	case name.IsString() && text.IsString() && text.text() != "":
		message = name.text() + ": " + text.text()
	case name.IsString():
		message = name.text()
	default:
		message = "[object Object]"
	}
	return message, stack
}

// dataProperty finds a data property on the object or its prototypes, running no script.
func (r *Realm) dataProperty(v Value, atom lib.TJSAtom) Value {
	for range 64 {
		if !v.IsObject() || v.Class() == ClassProxy || v.Class() == ClassExotic {
			break
		}
		d := deref[lib.TJSPropertyDescriptor](r.rt.scratch)
		if lib.XJS_GetOwnProperty(r.rt.tls, r.ctx, r.rt.scratch, v.raw(), atom) > 0 {
			value, accessor := d.Fvalue, d.Fflags&lib.MJS_PROP_GETSET != 0
			r.rt.drop(d.Fgetter)
			r.rt.drop(d.Fsetter)
			if accessor {
				break
			}
			return r.rt.own(value)
		}
		v = v.Prototype(r)
	}
	return Value{}
}

// framePosition is a frame of a stack: "    at f (https://x/y.js:12:3)" or
// "    at https://x/y.js:12:3".
var framePosition = regexp.MustCompile(`^\s*at (?:.*\()?(.+?):(\d+)(?::(\d+))?\)?$`)

// stackPosition is the first position that a stack names.
func stackPosition(stack string) (url string, line, column int) {
	for frame := range strings.SplitSeq(stack, "\n") {
		if m := framePosition.FindStringSubmatch(frame); m != nil {
			line, _ = strconv.Atoi(m[2])
			column, _ = strconv.Atoi(m[3])
			return m[1], line, column
		}
	}
	return "", 0, 0
}

// throw makes err the pending exception, and is what a native function then returns to the engine.
func (r *Realm) throw(err error) lib.TJSValue {
	rt := r.rt
	switch err := err.(type) {
	case *Exception:
		return lib.XJS_Throw(rt.tls, r.ctx, dup(err.Value.raw()))
	case *Termination, *PanicError:
		return r.throwUncatchable(err)
	case *NativeError:
		v, failure := r.newError(err.Kind, err.Message)
		if failure != nil {
			return r.throw(failure)
		}
		return lib.XJS_Throw(rt.tls, r.ctx, dup(v.raw()))
	}
	if rt.errorToValue != nil {
		return lib.XJS_Throw(rt.tls, r.ctx, dup(rt.errorToValue(r, err).raw()))
	}
	return r.throw(&NativeError{"Error", err.Error()})
}

// throwUncatchable unwinds the engine to the outermost entry.
func (r *Realm) throwUncatchable(err error) lib.TJSValue {
	r.rt.terminated = err
	lib.XJS_Throw(r.rt.tls, r.ctx, rawNull)
	lib.XJS_SetUncatchableException(r.rt.tls, r.ctx, 1)
	return rawThrown
}
