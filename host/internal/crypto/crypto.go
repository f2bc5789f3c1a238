// Package crypto is what of the Web Cryptography API needs no keys: random values,
// UUIDs and digests.
//
// # Standard
//
// https://w3c.github.io/webcrypto/ as of 2026-08-21.
//
// FIXME: the operations of SubtleCrypto that need keys.
package crypto

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"slices"
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// source is the task source of digests.
const source eventloop.TaskSource = "crypto"

// maxRandom is how many random bytes one call gives.
const maxRandom = 65536

// Crypto is the interface Crypto.
//
// https://w3c.github.io/webcrypto/#crypto-interface
type Crypto struct {
	webidl.Platform
	subtle SubtleCrypto
}

// SubtleCrypto is the interface SubtleCrypto.
//
// https://w3c.github.io/webcrypto/#subtlecrypto-interface
type SubtleCrypto struct{ webidl.Platform }

type cryptoKey struct{}

// Attributes are those of WindowOrWorkerGlobalScope.
var Attributes = []webidl.Attribute{
	{Name: "crypto", Get: func(c *qjs.Call) (qjs.Value, error) {
		object := settings.Of(c.Realm).Slot(cryptoKey{}, func() any { return &Crypto{} }).(*Crypto)
		return webidl.Wrap(c.Realm, CryptoInterface, object), nil
	}},
}

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{CryptoInterface, SubtleCryptoInterface}
}

// CryptoInterface is the interface Crypto.
var CryptoInterface = &webidl.Interface{
	Name: "Crypto", Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "subtle", SecureContext: true, Get: webidl.Getter(func(r *qjs.Realm, c *Crypto) (qjs.Value, error) {
			return webidl.Wrap(r, SubtleCryptoInterface, &c.subtle), nil
		})},
	},
	Operations: []webidl.Operation{
		{Name: "getRandomValues", Length: 1, Func: getRandomValues},
		{Name: "randomUUID", SecureContext: true, Func: webidl.Getter(func(r *qjs.Realm, _ *Crypto) (qjs.Value, error) {
			return r.String(bloburl.NewUUID()), nil
		})},
	},
}

// SubtleCryptoInterface is the interface SubtleCrypto.
var SubtleCryptoInterface = &webidl.Interface{
	Name: "SubtleCrypto", Exposed: webidl.Everywhere, SecureContext: true,
	Operations: []webidl.Operation{{Name: "digest", Length: 2, Promise: true, Func: digest}},
}

// integers are the classes of arrays that can be filled with random bits.
var integers = []qjs.Class{
	qjs.ClassInt8Array, qjs.ClassUint8Array, qjs.ClassUint8ClampedArray, qjs.ClassInt16Array, qjs.ClassUint16Array,
	qjs.ClassInt32Array, qjs.ClassUint32Array, qjs.ClassBigInt64Array, qjs.ClassBigUint64Array,
}

// getRandomValues fills an array.
//
// https://w3c.github.io/webcrypto/#Crypto-method-getRandomValues
func getRandomValues(c *qjs.Call) (qjs.Value, error) {
	if _, err := webidl.This[*Crypto](c); err != nil {
		return qjs.Value{}, err
	}
	array := c.Arg(0)
	if !array.Class().IsView() {
		return qjs.Value{}, webidl.TypeError("the argument is not a view")
	}
	if !slices.Contains(integers, array.Class()) {
		return qjs.Value{}, webidl.DOMException("TypeMismatchError", "the elements of the array are not integers")
	}
	memory, _ := array.ViewBytes(c.Realm)
	if len(memory) > maxRandom {
		return qjs.Value{}, webidl.DOMException("QuotaExceededError", "at most %d bytes at a time", maxRandom)
	}
	rand.Read(memory) // never fails
	return array, nil
}

// digest hashes bytes.
//
// https://w3c.github.io/webcrypto/#SubtleCrypto-method-digest
func digest(c *qjs.Call) (qjs.Value, error) {
	if _, err := webidl.This[*SubtleCrypto](c); err != nil {
		return qjs.Value{}, err
	}
	name, err := algorithm(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	data, err := webidl.BufferSource(c.Realm, c.Arg(1))
	if err != nil {
		return qjs.Value{}, err
	}
	var sum []byte
	switch strings.ToUpper(name) {
	case "SHA-1":
		h := sha1.Sum(data)
		sum = h[:]
	case "SHA-256":
		h := sha256.Sum256(data)
		sum = h[:]
	case "SHA-384":
		h := sha512.Sum384(data)
		sum = h[:]
	case "SHA-512":
		h := sha512.Sum512(data)
		sum = h[:]
	default:
		return qjs.Value{}, webidl.DOMException("NotSupportedError", "no algorithm %.40q", name)
	}
	return settings.Of(c.Realm).Later(source, func() (qjs.Value, error) { return c.Realm.NewArrayBuffer(sum) }), nil
}

// algorithm returns the name of an AlgorithmIdentifier: a string, or an object that has it.
//
// https://w3c.github.io/webcrypto/#dfn-AlgorithmIdentifier
func algorithm(realm *qjs.Realm, v qjs.Value) (string, error) {
	if !v.IsObject() {
		return webidl.DOMString(realm, v)
	}
	options, err := webidl.ToDictionary(realm, v, "Algorithm")
	if err != nil {
		return "", err
	}
	name := webidl.Required(options, "name", webidl.DOMString)
	return name, options.Err()
}
