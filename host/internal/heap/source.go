package heap

import (
	"math/big"
	"strconv"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Serializable is a Go object behind a wrapper whose interface is serializable.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#serializable-objects
type Serializable interface {
	// Serialize runs the serialization steps. It returns the object's form on the way, which is never
	// changed afterwards: a *clone.Blob, a *clone.File, or a [clone.PlatformObject]. The interface's
	// Deserialize makes an object of it again.
	Serialize() (travelled any, err error)
}

// fileList is a FileList, which consists of File objects. Its interface's Deserialize gets a
// []qjs.Value of them.
type fileList interface{ FileValues() []qjs.Value }

// source writes values of an engine's heap.
type source struct {
	writer  *clone.Writer[qjs.Value]
	message Message
	names   []string // scratch
}

type writer = clone.Writer[qjs.Value]

// Describe implements [clone.Source].
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal
func (s *source) Describe(w *writer, v qjs.Value) error {
	switch {
	case v.IsObject():
		return s.object(w, v)
	case v.IsString():
		text, err := v.Text(s.message.realm)
		if err != nil {
			return err
		}
		w.String(text)
	case v.IsNumber():
		w.Number(v.Float())
	case v.IsUndefined():
		w.Undefined()
	case v.IsNull():
		w.Null()
	case v.IsBool():
		w.Boolean(v.Bool())
	case v.IsBigInt():
		n, err := bigInt(s.message.realm, v)
		if err != nil {
			return err
		}
		w.BigInt(n)
	default:
		return refuse(w, describe(v)+" cannot be cloned")
	}
	return nil
}

// refuse returns a DataCloneError that names the place of the value.
func refuse(w *writer, reason string) error {
	return webidl.DOMException("DataCloneError", "%s: %s", w.Path(), reason)
}

func identity(v qjs.Value) clone.Identity { return clone.Identity{Address: v.Identity()} }

func (s *source) object(w *writer, v qjs.Value) error {
	class := v.Class()
	switch class {
	case qjs.ClassObject:
		if w.Refer(identity(v)) {
			return nil
		}
		names, err := v.AppendEnumerableNames(s.message.realm, s.names[:0])
		if err != nil {
			return err
		}
		w.Object(v, names)
		s.names = names
		return nil
	case qjs.ClassArray:
		return s.array(w, v)
	case qjs.ClassArrayBuffer, qjs.ClassSharedArrayBuffer:
		data, err := s.buffer(w, v)
		if err == nil {
			w.ArrayBuffer(data)
		}
		return err
	}
	if class.IsView() {
		return s.view(w, v)
	}
	if class.IsGo() && !v.IsFunction() {
		return s.platformObject(w, v)
	}
	return s.other(w, v)
}

// other describes less frequent objects of the language.
func (s *source) other(w *writer, v qjs.Value) error {
	switch v.Class() {
	case qjs.ClassMap, qjs.ClassSet, qjs.ClassDate, qjs.ClassRegExp, qjs.ClassError, qjs.ClassBoolean, qjs.ClassNumber, qjs.ClassString,
		qjs.ClassBigInt:
	default:
		return refuse(w, describe(v)+" cannot be cloned")
	}
	if w.Refer(identity(v)) {
		return nil
	}
	switch v.Class() {
	case qjs.ClassMap, qjs.ClassSet:
		entries := v.Entries(s.message.realm)
		if v.Class() == qjs.ClassMap {
			w.Map(entries)
		} else {
			w.Set(entries)
		}
	case qjs.ClassDate:
		w.Date(v.SlotValue(s.message.realm).Float())
	case qjs.ClassRegExp:
		w.RegExp(v.RegExp())
	case qjs.ClassError:
		return s.error(w, v)
	case qjs.ClassBoolean:
		w.BooleanObject(v.SlotValue(s.message.realm).Bool())
	case qjs.ClassNumber:
		w.NumberObject(v.SlotValue(s.message.realm).Float())
	case qjs.ClassString:
		text, err := v.SlotValue(s.message.realm).ToString(s.message.realm)
		if err != nil {
			return err
		}
		w.StringObject(text)
	case qjs.ClassBigInt:
		n, err := bigInt(s.message.realm, v.SlotValue(s.message.realm))
		if err != nil {
			return err
		}
		w.BigIntObject(n)
	}
	return nil
}

func (s *source) array(w *writer, v qjs.Value) error {
	if w.Refer(identity(v)) {
		return nil
	}
	if n, ok := v.PackedLength(); ok {
		w.Array(v, n, false)
		return nil
	}
	names, err := v.AppendEnumerableNames(s.message.realm, s.names[:0])
	if err != nil {
		return err
	}
	s.names = names
	if n := len(names); n > 0 && n == v.ArrayLength() && names[n-1] == itoa(n-1) { // indices come first: these are all of them
		w.Array(v, n, false)
	} else {
		w.SparseArray(v, uint32(v.ArrayLength()), names)
	}
	return nil
}

// Property implements [clone.Source].
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal,
// step 26.4
func (s *source) Property(v qjs.Value, i int, key string) (qjs.Value, bool, error) {
	return v.OwnPropertyAt(s.message.realm, i, key)
}

// Element implements [clone.Source].
func (s *source) Element(v qjs.Value, i int) (qjs.Value, bool, error) {
	return v.OwnElement(s.message.realm, i)
}

// errorNames are the names that an error keeps.
var errorNames = map[string]bool{
	"Error": true, "EvalError": true, "RangeError": true, "ReferenceError": true, "SyntaxError": true, "TypeError": true, "URIError": true,
}

// error describes an Error.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 17
func (s *source) error(w *writer, v qjs.Value) error {
	e := clone.ErrorData{Name: "Error"}
	// 1-2. The name, from wherever it comes.
	name, err := v.Get(s.message.realm, "name")
	if err != nil {
		return err
	}
	if name.IsString() {
		text, err := name.ToString(s.message.realm)
		if err != nil {
			return err
		}
		if errorNames[text] {
			e.Name = text
		}
	}
	// 3-4. The message, if it is a data property.
	if message, ok := v.OwnData(s.message.realm, "message"); ok {
		if e.Message, err = message.ToString(s.message.realm); err != nil {
			return err
		}
		e.HasMessage = true
	}
	// 5. The stack.
	if stack, ok := v.OwnData(s.message.realm, "stack"); ok && stack.IsString() {
		if e.Stack, err = stack.ToString(s.message.realm); err != nil {
			return err
		}
		e.HasStack = true
	}
	w.Error(e, nil)
	return nil
}

// platformObject describes an object with a Go object behind it.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal,
// steps 19 and 20
func (s *source) platformObject(w *writer, v qjs.Value) error {
	if s.transferred(w, v) {
		return nil
	}
	switch object := v.GoObject().(type) {
	case *webidl.Exception:
		return s.domException(w, v, object)
	case fileList:
		if !w.Refer(identity(v)) {
			w.FileList(object.FileValues())
		}
		return nil
	case Serializable:
		if w.Refer(identity(v)) {
			return nil
		}
		travelled, err := object.Serialize()
		if err != nil {
			return err
		}
		w.Beside(travelled)
		return nil
	case Transferable:
		return refuse(w, describe(v)+" is not in the transfer list")
	}
	return refuse(w, describe(v)+" cannot be cloned")
}

// transferred describes an object that is in the transfer list; it reports whether it is.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer,
// step 3
func (s *source) transferred(w *writer, v qjs.Value) bool {
	ports := 0
	for i, listed := range s.message.objects {
		holder, beside := s.message.transfer[i].(clone.Holder) // not so a port, which has holders
		switch {
		case !listed.SameObject(v):
			if !beside {
				ports++
			}
			continue
		case w.Refer(identity(v)):
		case beside:
			w.Beside(holder.Value())
		default:
			w.Port(ports)
		}
		return true
	}
	return false
}

// domException describes a DOMException, with its stack if it has one.
//
// https://webidl.spec.whatwg.org/#idl-DOMException (serialization steps)
func (s *source) domException(w *writer, v qjs.Value, e *webidl.Exception) error {
	if w.Refer(identity(v)) {
		return nil
	}
	stack, ok := v.OwnData(s.message.realm, "stack")
	if !ok || !stack.IsString() {
		w.DOMException(e.Name, e.Message)
		return nil
	}
	text, err := stack.ToString(s.message.realm)
	w.Beside(&clone.DOMException{Name: e.Name, Message: e.Message, Stack: text})
	return err
}

func bigInt(realm *qjs.Realm, v qjs.Value) (*big.Int, error) {
	digits, err := v.ToString(realm)
	if err != nil {
		return nil, err
	}
	n, _ := new(big.Int).SetString(digits, 10)
	return n, nil
}

func itoa(i int) string { return strconv.Itoa(i) }

// describe names a value for messages of errors, without running script.
func describe(v qjs.Value) string {
	switch class := v.Class(); {
	case v.IsFunction():
		return "a function"
	case v.IsSymbol():
		return "a symbol"
	case !v.IsObject():
		return "a primitive value"
	case class == qjs.ClassArrayBuffer:
		return "the ArrayBuffer"
	case class == qjs.ClassSharedArrayBuffer:
		return "the SharedArrayBuffer"
	case class == qjs.ClassProxy:
		return "a Proxy"
	case class == qjs.ClassPromise:
		return "a Promise"
	case class == qjs.ClassWeakMap:
		return "a WeakMap"
	case class == qjs.ClassWeakSet:
		return "a WeakSet"
	case class == qjs.ClassWeakRef:
		return "a WeakRef"
	case class == qjs.ClassGlobal:
		return "a global object"
	}
	if object, ok := v.GoObject().(interface{ Interface() *webidl.Interface }); ok && object.Interface() != nil {
		return "the " + object.Interface().Name
	}
	return "the object"
}
