package host

// Message is a message between windows, ports, workers or broadcast channels.
type Message struct {
	From, To  string // the URLs of pages and workers, or the origins of windows; "" if unknown
	Type      string // "message", "messageerror", "connect", "close"
	Size      int    // bytes of the serialized message
	Ports     int
	Discarded string // why it never arrived; "" if it did
}
