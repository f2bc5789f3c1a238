package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// prf makes everything that must come out the same when it is made again: endpoints, identities,
// nonces. It is HMAC-SHA-256 over the purpose and parts of fixed sizes.
func prf(key []byte, purpose string, parts ...[]byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose))
	for _, part := range parts {
		h.Write(part)
	}
	h.Sum(sum[:0])
	return sum
}

func prfID(key []byte, purpose string, parts ...[]byte) (id ID) {
	sum := prf(key, purpose, parts...)
	copy(id[:], sum[:])
	return id
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// text has its length before it, so that two of them in a row cannot be taken for others.
func text(s string) []byte { return append(number(uint64(len(s))), s...) }

// endpointID is what an endpoint's identities and nonces are made of. Whoever could name another's
// would make its ports, so only whoever knows the secret can.
func endpointID(key []byte, who *Identity, secret []byte) ID {
	return prfID(key, "endpoint", text(who.User), text(who.Origin), secret)
}

// publicID is what others may see of an endpoint.
func publicID(key []byte, endpoint ID) ID { return prfID(key, "public", endpoint[:]) }

// sessionsID is the subject that all sessions of an endpoint hear.
func sessionsID(key []byte, endpoint ID) ID { return prfID(key, "sessions", endpoint[:]) }

// channelID is the subject of a broadcast channel. An opaque origin belongs to one endpoint.
func channelID(key []byte, p *partition, name string) ID {
	return prfID(key, "channel", text(p.user), text(p.origin), p.endpoint[:], text(name))
}

// offerID stands for the carrier of what one session offers to another. An endpoint that has come
// back offers the same connect by another session, maybe to the same one.
func offerID(key []byte, from, to ID) ID { return prfID(key, "offer", from[:], to[:]) }

// portID is the identity of one side of an endpoint's n-th channel.
func portID(key []byte, endpoint ID, n, side uint64) ID {
	return prfID(key, "port", endpoint[:], number(n), number(side))
}

// hopNonce is r_n of a port that leaves in message seq of the carrier.
func hopNonce(key []byte, id ID, n uint64, carrier ID, seq uint64) (r Nonce) {
	sum := prf(key, "hop", id[:], number(n), carrier[:], number(seq))
	copy(r[:], sum[:])
	return r
}
