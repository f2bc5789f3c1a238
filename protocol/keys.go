package protocol

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// Keys are the secrets of a hub, or of several that serve the same clients: the present one, and
// former ones that tickets may still be sealed with.
type Keys struct {
	sets []*keySet // the present one first
}

// keySet are the keys that are made of one secret, each for one purpose.
type keySet struct {
	id   [4]byte // what tickets call it
	prf  []byte
	seal []byte
}

// MinSecret is the least length of a hub's secret, in bytes.
const MinSecret = 32

// NewKeys makes the keys of a hub from its secrets, the present one first. Each has at least
// [MinSecret] bytes that nobody can guess.
func NewKeys(secrets ...[]byte) (*Keys, error) {
	k := new(Keys)
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			return nil, errors.New("protocol: a hub's secret has at least 32 bytes")
		}
		set := new(keySet)
		copy(set.id[:], derive(secret, "entangle key id", len(set.id)))
		set.prf = derive(secret, "entangle prf", 32)
		set.seal = derive(secret, "entangle tickets", chacha20poly1305.KeySize)
		k.sets = append(k.sets, set)
	}
	if len(k.sets) == 0 {
		return nil, errors.New("protocol: a hub needs a secret")
	}
	return k, nil
}

// derive makes a key of its own for each purpose.
//
// https://www.rfc-editor.org/rfc/rfc5869
func derive(secret []byte, purpose string, n int) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, n)
	if err != nil {
		panic("protocol: " + err.Error()) // only for lengths that nobody asks for
	}
	return key
}

// find is the set that a ticket was sealed with, or nil.
func (k *Keys) find(ticket []byte) *keySet {
	for _, set := range k.sets {
		if len(ticket) >= len(set.id) && [4]byte(ticket) == set.id {
			return set
		}
	}
	return nil
}

// Purposes of tickets. What was sealed for one opens for no other.
const (
	sealSession = "session"
	sealPort    = "port"
	sealName    = "name"
)

// sealed makes a ticket: the key's id, and the text sealed for a purpose, an endpoint and whatever
// else it is bound to. The nonce is a PRF of all of it: what is the same has the same ticket, and
// no two texts share a nonce.
//
// XChaCha20-Poly1305: https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha
func (k *keySet) sealed(plain []byte, purpose string, endpoint ID, bound uint64) []byte {
	extra := additional(purpose, endpoint, bound)
	nonce := prf(k.prf, "ticket", extra, plain)
	aead, err := chacha20poly1305.NewX(k.seal)
	if err != nil {
		panic("protocol: " + err.Error()) // the key has the right length
	}
	ticket := make([]byte, 0, len(k.id)+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	ticket = append(ticket, k.id[:]...)
	ticket = append(ticket, nonce[:chacha20poly1305.NonceSizeX]...)
	return aead.Seal(ticket, nonce[:chacha20poly1305.NonceSizeX], plain, extra)
}

// open opens a ticket; not ok if it was not sealed by this key for just this.
func (k *keySet) open(ticket []byte, purpose string, endpoint ID, bound uint64) (plain []byte, ok bool) {
	head := len(k.id) + chacha20poly1305.NonceSizeX
	if len(ticket) < head || [4]byte(ticket) != k.id {
		return nil, false
	}
	aead, err := chacha20poly1305.NewX(k.seal)
	if err != nil {
		panic("protocol: " + err.Error())
	}
	plain, err = aead.Open(nil, ticket[len(k.id):head], ticket[head:], additional(purpose, endpoint, bound))
	return plain, err == nil
}

func additional(purpose string, endpoint ID, bound uint64) []byte {
	extra := append(text(purpose), endpoint[:]...)
	return append(extra, number(bound)...)
}
