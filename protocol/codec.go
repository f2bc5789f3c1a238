package protocol

import "fmt"

// AppendFrame appends the byte form of f to dst. The frame is taken as it is: who makes one keeps to the limits.
func AppendFrame(dst []byte, f *Frame) []byte { panic("skeleton") }

// DecodeFrame reads the first frame of a batch and gives what follows it. The frame's bodies are parts of batch.
// Its error is a [*FormatError].
func DecodeFrame(batch []byte) (f Frame, rest []byte, err error) { panic("skeleton") }

// AppendPacket appends the byte form of p to dst.
func AppendPacket(dst []byte, p *Packet) []byte { panic("skeleton") }

// DecodePacket reads a packet. Its bodies are parts of b. Its error is a [*FormatError].
func DecodePacket(b []byte) (Packet, error) { panic("skeleton") }

// FormatError says why bytes are no frame, or no packet.
type FormatError struct {
	Offset int // from the beginning of what was decoded
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset, e.Reason) }
