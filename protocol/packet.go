package protocol

// Token is a port's custody chain: the nonces of its hops from Base to Base+len(Nonces)-1, the
// present one. It is never empty, and its nonces are never written to after it was made.
type Token struct {
	Base   uint64
	Nonces []Nonce
}

// Capability is what travels between sessions when a port is handed over.
type Capability struct {
	ID, Peer ID
	Token    Token
	PeerN    uint64 // the last hop of the peer's token that was accepted
	PeerR    Nonce
}

// Packet is what sessions say to each other, and what the directory says to a session. Its
// subject is To. From DATA to GONE it is about two ports that are entangled; the other kinds are
// about a connect.
type Packet struct {
	Kind     Kind
	To, From ID
	Token    Token  // of From
	ToN      uint64 // the hop of To that the sender has accepted
	ToR      Nonce
	Next     uint64 // the number From expects next
	Limit    Limit  // Ack, Attached: what From grants
	Again    bool   // Attach: in answer to one
	Transit  bool   // Alive: From is in a message that is not acknowledged
	Waiting  bool   // Alive: From is the other end of a connect that nobody has taken
	Seq      uint64 // Data: the message's number. Close: the number after the last
	VN       uint64 // Attached, Refused: the hop in question. Takeover: the incarnation
	VR       Nonce
	Body     []byte // shared, never written to
	Ports    []PortState

	// What follows is about a connect. From is the caller's session in Offer, Withdraw and
	// Settled, the listener's in Taken, Declined and Matched.
	Request  Handle // the caller's end, which names the connect
	Offer    uint64 // the number of the offer
	Listener uint64 // Offer, Matched, Listening
	Code     uint64 // Listening
	Ticket   []byte // Listening: of the name
	Lost     bool   // Declined: nobody else is to be asked
	Origin   string // Offer: the caller's
	User     string // Offer: the caller's
}

// last is the number and nonce of the token's present hop.
func (t Token) last() (uint64, Nonce) {
	return t.Base + uint64(len(t.Nonces)) - 1, t.Nonces[len(t.Nonces)-1]
}

// has reports whether (n, r) is one of the token's hops.
func (t Token) has(n uint64, r Nonce) bool {
	return n >= t.Base && n-t.Base < uint64(len(t.Nonces)) && t.Nonces[n-t.Base] == r
}

// hop is the token with one more hop.
func (t Token) hop(r Nonce) Token {
	nonces := make([]Nonce, len(t.Nonces)+1)
	copy(nonces, t.Nonces)
	nonces[len(t.Nonces)] = r
	return Token{t.Base, nonces}
}

// confirmed is the token after its present hop was confirmed.
func (t Token) confirmed() Token {
	n, _ := t.last()
	return Token{n, t.Nonces[len(t.Nonces)-1:]}
}

// Size is about how many bytes the packet will be for whom it is for.
func (p *Packet) Size() int {
	m := measure{size: 32 + len(p.Body)}
	if len(p.Ports) > 0 {
		m.list(p.Ports, 0)
	}
	return m.size
}

// Clone is a copy of the packet that belongs to the caller. Its bodies are the same bytes, and so
// are tokens and capabilities, which are never written to.
func (p *Packet) Clone() *Packet {
	c := *p
	c.Ports = cloneStates(p.Ports)
	return &c
}

func cloneStates(in []PortState) []PortState {
	if len(in) == 0 {
		return nil
	}
	out := make([]PortState, len(in))
	for i := range in {
		out[i] = in[i]
		out[i].Retained = cloneMessages(in[i].Retained)
		out[i].Queue = cloneMessages(in[i].Queue)
	}
	return out
}

func cloneMessages(in []Message) []Message {
	if len(in) == 0 {
		return nil
	}
	out := make([]Message, len(in))
	for i, m := range in {
		out[i] = Message{m.Body, cloneStates(m.Ports)}
	}
	return out
}
