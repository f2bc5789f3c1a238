package hub

import (
	"io"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// bufferSizes are the sizes of buffers for batches. A full buffer is exchanged for the next size,
// so that a batch takes at most four times the bytes that have come, or the smallest size. The
// largest has room for a byte more than a batch may have, so that a reader sees the end.
var bufferSizes = [...]int{2 << 10, 8 << 10, 32 << 10, 128 << 10, 512 << 10, protocol.MaxFrame + 1}

// maxGuess is the largest size that a batch may begin with.
const maxGuess = 3

var bufferPools [len(bufferSizes)]sync.Pool

// sizeClass returns the index of the smallest size for n bytes.
func sizeClass(n int) int {
	for i, size := range bufferSizes {
		if n <= size {
			return i
		}
	}
	return len(bufferSizes) - 1
}

// getBuffer returns an empty buffer.
func getBuffer(class int) []byte {
	if b, ok := bufferPools[class].Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 0, bufferSizes[class])
}

func putBuffer(b []byte) {
	b = b[:0]
	bufferPools[sizeClass(cap(b))].Put(&b)
}

// readBatch reads a batch from r until EOF, and charges the memory that it takes. guess is the
// class of the buffer to begin with.
func (s *session) readBatch(r io.Reader, guess int) (*protocol.Batch, error) {
	class := min(guess, maxGuess)
	b := getBuffer(class)
	s.charge(cap(b))
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case err == io.EOF:
			return protocol.NewBatch(b, s.giveBack), nil
		case err == nil && len(b) < cap(b):
		case err == nil && class < len(bufferSizes)-1:
			class++
			larger := getBuffer(class)
			s.charge(cap(larger))
			larger = append(larger, b...)
			s.charge(-cap(b))
			putBuffer(b)
			b = larger
		default:
			if err == nil {
				err = websocket.ErrReadLimit // the connection has seen to that before
			}
			s.charge(-cap(b))
			putBuffer(b)
			return nil, err
		}
		s.sign()
	}
}
