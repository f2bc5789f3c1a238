package clone

// Error is an Error object.
type Error struct {
	// Name is one of Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError.
	// Any other is cloned as Error.
	Name       string
	Message    string
	HasMessage bool   // false: there is no own property message
	Stack      string // as the sender's implementation made it; "" for none
	Cause      any
	HasCause   bool // false: there is no own property cause
}

// NewError returns an error with a message and no cause.
func NewError(name, message string) *Error {
	return &Error{Name: name, Message: message, HasMessage: true}
}

// Error returns "name: message".
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// Unwrap returns the cause if it is an error.
func (e *Error) Unwrap() error {
	cause, _ := e.Cause.(error)
	return cause
}

// errorName returns name if it is one of the seven that are cloned, else "Error".
func errorName(name string) string {
	switch name {
	case "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError":
		return name
	}
	return "Error"
}

// DOMException is an exception of the platform, known by its Name.
//
// https://webidl.spec.whatwg.org/#idl-DOMException
type DOMException struct {
	Name    string // e.g. "DataCloneError"
	Message string
	Stack   string // as a script's engine says it; it does not leave the process
}

// Error returns "name: message".
func (e *DOMException) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// Is reports whether target is a *DOMException of the same name and, if it has one, the same
// message, so that errors.Is(err, &DOMException{Name: "DataCloneError"}) works.
func (e *DOMException) Is(target error) bool {
	t, ok := target.(*DOMException)
	return ok && t.Name == e.Name && (t.Message == "" || t.Message == e.Message)
}

// Code returns the legacy code of the name, 0 if it has none.
//
// https://webidl.spec.whatwg.org/#idl-DOMException-error-names
func (e *DOMException) Code() int { return legacyCodes[e.Name] }

var legacyCodes = map[string]int{
	"IndexSizeError": 1, "HierarchyRequestError": 3, "WrongDocumentError": 4, "InvalidCharacterError": 5,
	"NoModificationAllowedError": 7, "NotFoundError": 8, "NotSupportedError": 9, "InUseAttributeError": 10,
	"InvalidStateError": 11, "SyntaxError": 12, "InvalidModificationError": 13, "NamespaceError": 14, "InvalidAccessError": 15,
	"TypeMismatchError": 17, "SecurityError": 18, "NetworkError": 19, "AbortError": 20, "URLMismatchError": 21,
	"TimeoutError": 23, "InvalidNodeTypeError": 24, "DataCloneError": 25,
}

// dataCloneError returns a DataCloneError.
func dataCloneError(message string) *DOMException {
	return &DOMException{Name: "DataCloneError", Message: message}
}

// rangeError and typeError return the errors that a script would see as exceptions of
// these native types.
func rangeError(message string) error { return NewError("RangeError", message) }
func typeError(message string) error  { return NewError("TypeError", message) }
