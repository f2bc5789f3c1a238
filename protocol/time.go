package protocol

import "math"

// Time is a moment in nanoseconds since another one, which the caller chooses once for a machine.
// It never goes back from one Step to the next.
type Time int64

// Never is the deadline of a machine that waits for nothing.
const Never Time = math.MaxInt64

// Spans of time, in nanoseconds.
const (
	millisecond = 1_000_000
	second      = 1000 * millisecond

	// AckDelay is how long an acknowledgement may wait for a message to ride on.
	AckDelay Time = 20 * millisecond
	// HelloTimeout is how long a client may take to say HELLO.
	HelloTimeout Time = 10 * second
	// OfferTimeout is how long a listener's claim to an offered connection may stay unconfirmed.
	OfferTimeout Time = 120 * second
	// DefaultAbsence is how long a client may be without a socket before its ports are lost.
	DefaultAbsence Time = 120 * second
	// renewEvery is how often a client gets another session ticket.
	renewEvery Time = 60 * second
	// noticeWithin is how much later than the client a hub may notice that a line is dead, and
	// how long the client may wait between two attempts: a ticket is good for so much longer
	// than the absence.
	noticeWithin Time = 60 * second
	// ForgetAfter is how long the session of a client that is gone answers for its ports.
	ForgetAfter Time = 600 * second
)
