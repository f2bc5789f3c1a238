package protocol

// SessionID numbers the sessions of a hub. It is never used again.
type SessionID uint64

// Identity is who a client is to the hub.
type Identity struct {
	User   string
	Origin string // "" lets HELLO state one (a program's)
}

// Session is the hub's side of a session: what its client's handles stand for.
type Session struct{}
