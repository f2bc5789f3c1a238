package protocol

// Endpoint is the client's side of a session. The zero value is not usable: see [NewEndpoint].
type Endpoint struct{}

// NewEndpoint makes the endpoint of a new session.
func NewEndpoint() *Endpoint { return &Endpoint{} }

// Step lets the endpoint take ev and appends what is to be done to effects.
func (e *Endpoint) Step(ev Event, effects []Effect) []Effect { panic("skeleton") }

// Behind is the number of messages posted on port that the other side has not taken.
func (e *Endpoint) Behind(port Handle) int { panic("skeleton") }
