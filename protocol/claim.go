package protocol

// claim is a port that the session's client owns, as far as the session knows, or a tombstone: what
// answers for a port that nobody owns any more. Three facts about it are independent of each other:
//
//   - hands: has its client taken it in?
//   - life: what has its client, or its peer's owner, said about it that is final?
//   - open: has its peer's owner confirmed its token in this session?
//
// docs/protocol.md, 6 has their transitions as a table, and says who is accountable when.
type claim struct {
	handle Handle // 0: a tombstone
	hands  hands
	life   life
	open   bool // the gate: messages for the client pass

	id    ID
	peer  ID
	token Token
	peerN uint64 // the last hop of the peer's token that was accepted
	peerR Nonce
	kept  bool // the client has the ticket that says so
	asked int  // ATTACHs that the client has not answered
	stale int  // of those, the ones before its ticket

	sendNext uint64 // the number of the next message from the client
	acked    uint64 // what the peer expects next
	floor    uint64 // what its present owner expects at least, whatever a former session of that says
	in       uint64 // the number of the next message to forward to the client
	next     uint64 // what the client expects next, as it last said

	vain    bool // it was doomed: what is posted on it reaches nobody, also after it was closed
	alone   bool // nobody waits for what it answers: its peer is no more, or somebody else got it
	heard   Time // when the peer's side last said anything
	waits   Time // since when it waits for the peer's side, or 0
	transit Time // since when only its transit answers, or 0
	silent  bool // it is not certain what the peer's owner has taken in: it was given up for silence
	again   Time // when ATTACH is said again, while it is not open
	tries   uint8
	offer   *offer        // the connect that brought it, until it is open
	sent    []sentPorts   // messages with ports that are not acknowledged, by rising number
	landed  []landedPorts // messages with ports that the client has not acknowledged, by rising number
}

// hands tells whether the client has taken a claim in.
type hands uint8

const (
	// inMessage: it landed in a message that the client has not acknowledged. Whoever sent that is
	// accountable, and sends it again to the carrier's next owner.
	inMessage hands = iota
	// inOffer: it landed in an OFFER that the client has not taken. The caller's endpoint is
	// accountable. Nobody else knows of this claim.
	inOffer
	// inHands: it is the client's.
	inHands
)

// life tells what is final about a claim.
type life uint8

const (
	// held: nothing is.
	held life = iota
	// doomed: nothing that is posted on it can arrive, for its peer was posted over it. GONE
	// is on its way.
	doomed
	// lingering: the client has closed it, and serves retransmission.
	lingering
	// ending: the client was told CLOSE and owes CLOSED.
	ending
	// lost: the client was told GONE and owes CLOSED, which the peer's session waits for.
	lost
	// refused: the client was told REFUSED and owes CLOSED. Nobody waits for it.
	refused
	// tombstone: it has no owner any more. The session answers for it with GONE.
	tombstone
	// buried: it is not in the books any more.
	buried
)

// transition is a step in a claim's life.
type transition uint8

const (
	toDoom transition = iota
	toLinger
	toEnd
	toLose
	toRefuse
	toEntomb
	toBury
	transitionCount
)

// transitions are the steps that there are in a claim's life. docs/protocol.md, 6 shows the same
// table, and says of each what it means and who is accountable for the port before and after it.
var transitions = [transitionCount]struct {
	name string
	from []life
	to   life
}{
	toDoom:   {"doom", []life{held}, doomed},
	toLinger: {"linger", []life{held, doomed}, lingering},
	toEnd:    {"end", []life{held, doomed, lingering}, ending},
	toLose:   {"lose", []life{held, doomed, lingering}, lost},
	toRefuse: {"refuse", []life{held, doomed, lingering}, refused},
	toEntomb: {"entomb", []life{held, doomed, lingering, ending}, tombstone},
	toBury:   {"bury", []life{held, doomed, lingering, ending, lost, refused, tombstone}, buried},
}

var lifeNames = [...]string{"held", "doomed", "lingering", "ending", "lost", "refused", "tombstone", "buried"}

func (l life) String() string { return lifeNames[l] }

var handsNames = [...]string{"in a message", "in an offer", "in hands"}

func (h hands) String() string { return handsNames[h] }

// may reports whether the transition leads from where the claim stands.
func (c *claim) may(t transition) bool {
	for _, from := range transitions[t].from {
		if c.life == from {
			return true
		}
	}
	return false
}

// told reports whether the client has been told the port's end and owes CLOSED.
func (c *claim) told() bool { return c.life == ending || c.life == lost || c.life == refused }

// unheard reports whether the client has said something that the peer's owner has not taken in.
func (c *claim) unheard() bool {
	return c.life == lingering || c.life == held && c.acked < c.sendNext
}

// sentPorts are the ports of one message that is not acknowledged.
type sentPorts struct {
	seq   uint64
	ports []*transit
}

// landedPorts are the claims that one message brought; they are provisional until the client
// acknowledges it.
type landedPorts struct {
	seq    uint64
	claims []*claim
}

// transit is a port within a message, or a connect, that is not acknowledged.
type transit struct {
	handle   Handle
	cap      *Capability // nil: given up, its peer has been told
	sendNext uint64
	recvNext uint64
	acked    uint64      // what its peer expects next: retained messages below it are left out
	sent     []sentPorts // within its own messages that are not acknowledged
	queued   []*transit  // within its queue
}

// contains reports whether the port, or one in its queue, has the identity. Those in its own
// messages do not count: they may have arrived already.
func (t *transit) contains(id ID) bool {
	if t.cap != nil && t.cap.ID == id {
		return true
	}
	for _, q := range t.queued {
		if q.contains(id) {
			return true
		}
	}
	return false
}

// trim drops the first n items.
func trim[T any](list []T, n int) []T {
	clear(list[:n])
	if n == len(list) {
		return nil
	}
	return list[n:]
}
