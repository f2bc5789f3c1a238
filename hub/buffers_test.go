package hub

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// A batch of any size is read whole, into a buffer of at most four times its size; what it takes is
// charged until it is given back.
func TestReadBatch(t *testing.T) {
	h := newHub(t, Options{})
	s := pipe(t, h, dev()).session
	content := make([]byte, protocol.MaxFrame)
	for i := range content {
		content[i] = byte(i * i >> 8)
	}
	for _, guess := range []int{0, len(bufferSizes) - 1} {
		for _, n := range []int{0, 1, 2<<10 - 1, 2 << 10, 2<<10 + 1, 8 << 10, 20_000, 128 << 10, 128<<10 + 1, protocol.MaxFrame} {
			for name, r := range map[string]io.Reader{
				"whole":    bytes.NewReader(content[:n]),
				"halves":   iotest.HalfReader(bytes.NewReader(content[:n])),
				"with EOF": iotest.DataErrReader(bytes.NewReader(content[:n])),
			} {
				batch, err := s.readBatch(r, guess)
				if err != nil {
					t.Fatalf("%d bytes, %s: %v", n, name, err)
				}
				if !bytes.Equal(batch.Bytes(), content[:n]) {
					t.Errorf("%d bytes, %s: other ones came", n, name)
				}
				size := cap(batch.Bytes())
				if least := bufferSizes[min(guess, maxGuess)]; size > max(least, 4*n+1) {
					t.Errorf("%d bytes, %s: a buffer of %d", n, name, size)
				}
				if held := s.held.Load(); held != int64(size) {
					t.Errorf("%d bytes, %s: %d are charged, the buffer has %d", n, name, held, size)
				}
				batch.Release()
				if held := s.held.Load(); held != 0 {
					t.Errorf("%d bytes, %s: %d are charged in the end", n, name, held)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"too long": {bytes.NewReader(make([]byte, protocol.MaxFrame+1)), websocket.ErrReadLimit},
		"fails":    {io.MultiReader(bytes.NewReader(content[:5000]), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
	} {
		if _, err := s.readBatch(c.r, 0); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if held := s.held.Load(); held != 0 {
			t.Errorf("%s: %d are charged in the end", name, held)
		}
	}
}

func TestSizeClass(t *testing.T) {
	for n, want := range map[int]int{
		0: 0, 1: 0, 2 << 10: 0, 2<<10 + 1: 1, 32 << 10: 2, 128<<10 + 1: 4, protocol.MaxFrame: 5, protocol.MaxFrame + 1: 5, 1 << 30: 5,
	} {
		if got := sizeClass(n); got != want {
			t.Errorf("%d: class %d, want %d", n, got, want)
		}
	}
	for class, size := range bufferSizes {
		if b := getBuffer(class); len(b) != 0 || cap(b) != size {
			t.Errorf("class %d: a buffer of %d, %d", class, len(b), cap(b))
		}
	}
}

// A queue gives back what was put in, in order, and keeps nothing of it.
func TestQueue(t *testing.T) {
	var pool queues[*int]
	var q *queue[*int]
	for round := range 3 {
		for i := range 100 {
			q = pool.add(q, &i)
		}
		used := q
		for i := range 100 {
			if got := *q.oldest(); got != i {
				t.Fatalf("round %d: got %d, want %d", round, got, i)
			}
			q = pool.drop(q)
		}
		if q != nil {
			t.Fatal("the queue is not empty")
		}
		for _, item := range used.items[:100] {
			if item != nil {
				t.Fatal("the queue keeps an item")
			}
		}
	}
}
