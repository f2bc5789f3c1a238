package webidl

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Exception is what a DOMException object stands for.
//
// https://webidl.spec.whatwg.org/#idl-DOMException
type Exception struct {
	Platform
	clone.DOMException
}

// NewDOMException creates a DOMException object.
//
// https://webidl.spec.whatwg.org/#dfn-create-exception
func NewDOMException(realm *qjs.Realm, name, message string) qjs.Value {
	return Wrap(realm, DOMExceptionInterface, &Exception{DOMException: clone.DOMException{Name: name, Message: message}})
}

// wrapped gives the object a stack, as objects with [[ErrorData]] have.
func (e *Exception) wrapped(realm *qjs.Realm, wrapper qjs.Value) {
	stack, err := realm.NewError("Error", "").Get(realm, "stack")
	if err == nil {
		_ = wrapper.Define(realm, "stack", stack, qjs.Writable|qjs.Configurable) // a new object takes it
	}
}

// DOMExceptionInterface is https://webidl.spec.whatwg.org/#idl-DOMException. Its constants come in
// the order of their codes.
var DOMExceptionInterface = &Interface{
	Name: "DOMException", Exposed: Everywhere, InheritsFrom: "%Error.prototype%",
	Constructor: func(c *qjs.Call) (any, error) {
		e := &Exception{DOMException: clone.DOMException{Name: "Error"}}
		var err error
		if v := c.Arg(0); !v.IsUndefined() {
			if e.Message, err = DOMString(c.Realm, v); err != nil {
				return nil, err
			}
		}
		if v := c.Arg(1); !v.IsUndefined() {
			if e.Name, err = DOMString(c.Realm, v); err != nil {
				return nil, err
			}
		}
		return e, nil
	},
	Attributes: []Attribute{
		{Name: "name", Get: Getter(func(r *qjs.Realm, e *Exception) (qjs.Value, error) { return r.String(e.Name), nil })},
		{Name: "message", Get: Getter(func(r *qjs.Realm, e *Exception) (qjs.Value, error) { return r.String(e.Message), nil })},
		{Name: "code", Get: Getter(func(r *qjs.Realm, e *Exception) (qjs.Value, error) { return qjs.Int(int32(e.Code())), nil })},
	},
	Constants: []Constant{
		{"INDEX_SIZE_ERR", 1}, {"DOMSTRING_SIZE_ERR", 2}, {"HIERARCHY_REQUEST_ERR", 3}, {"WRONG_DOCUMENT_ERR", 4},
		{"INVALID_CHARACTER_ERR", 5}, {"NO_DATA_ALLOWED_ERR", 6}, {"NO_MODIFICATION_ALLOWED_ERR", 7}, {"NOT_FOUND_ERR", 8},
		{"NOT_SUPPORTED_ERR", 9}, {"INUSE_ATTRIBUTE_ERR", 10}, {"INVALID_STATE_ERR", 11}, {"SYNTAX_ERR", 12},
		{"INVALID_MODIFICATION_ERR", 13}, {"NAMESPACE_ERR", 14}, {"INVALID_ACCESS_ERR", 15}, {"VALIDATION_ERR", 16},
		{"TYPE_MISMATCH_ERR", 17}, {"SECURITY_ERR", 18}, {"NETWORK_ERR", 19}, {"ABORT_ERR", 20},
		{"URL_MISMATCH_ERR", 21}, {"QUOTA_EXCEEDED_ERR", 22}, {"TIMEOUT_ERR", 23}, {"INVALID_NODE_TYPE_ERR", 24}, {"DATA_CLONE_ERR", 25},
	},
}
