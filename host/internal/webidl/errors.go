package webidl

import (
	"errors"
	"fmt"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// DOMException returns the error that is thrown as a DOMException of the given name.
func DOMException(name, format string, args ...any) error {
	return &clone.DOMException{Name: name, Message: fmt.Sprintf(format, args...)}
}

// TypeError returns the error that is thrown as a TypeError of the function's realm.
func TypeError(format string, args ...any) error { return qjs.TypeError(format, args...) }

// RangeError returns the error that is thrown as a RangeError of the function's realm.
func RangeError(format string, args ...any) error { return qjs.RangeError(format, args...) }

// native are the simple exceptions: those that are objects of the language.
//
// https://webidl.spec.whatwg.org/#dfn-simple-exception
var native = map[string]bool{
	"Error": true, "EvalError": true, "RangeError": true, "ReferenceError": true, "TypeError": true, "URIError": true, "SyntaxError": false,
	// that one is a DOMException
}

// ErrorValue creates an exception: what is thrown, or rejected with, for an error. It is a
// DOMException, or a native error of the realm, or what a script threw.
//
// https://webidl.spec.whatwg.org/#js-creating-throwing-exceptions
func ErrorValue(realm *qjs.Realm, err error) qjs.Value {
	var thrown *qjs.Exception
	var simple *qjs.NativeError
	var exception *clone.DOMException
	switch {
	case errors.As(err, &thrown):
		return thrown.Value
	case errors.As(err, &simple):
		return realm.NewError(simple.Kind, simple.Message)
	case errors.As(err, &exception):
		if native[exception.Name] {
			return realm.NewError(exception.Name, exception.Message)
		}
		return NewDOMException(realm, exception.Name, exception.Message)
	}
	return realm.NewError("Error", err.Error())
}
