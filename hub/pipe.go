package hub

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// maxPiped is how much may be in a pipe on its way to the client before writing to it blocks.
const maxPiped = 256 << 10

// Pipe is the connection of a program to a hub in the same process: [Hub.Pipe]. It carries batches
// of frames, each whole and in order. Its methods may be called concurrently, but there is one
// reader and one writer at a time.
type Pipe struct {
	session *session

	mu      sync.Mutex // guards the fields below
	changed sync.Cond
	down    [][]byte // on their way to the client
	size    int      // of those
	over    bool     // nothing is added any more
}

// Pipe makes a session for a program in the same process, which the caller vouches for: it is who
// identity says, and may state any origin if that names none. The connection is for remote.Attach.
// The error says that the hub is closed, that it has as many sessions as it may have, or that the
// user's name is too long.
func (h *Hub) Pipe(identity Identity) (*Pipe, error) {
	p := new(Pipe)
	p.changed.L = &p.mu
	if _, err := h.newSession(identity, p); err != nil {
		return nil, err
	}
	return p, nil
}

// Read waits for the next batch, which belongs to the caller. Its error is final: io.EOF when the
// hub has closed, or Close was called.
func (p *Pipe) Read() ([]byte, error) {
	p.mu.Lock()
	for len(p.down) == 0 && !p.over {
		p.changed.Wait()
	}
	if len(p.down) == 0 {
		p.mu.Unlock()
		return nil, io.EOF
	}
	batch := p.down[0]
	p.down[0] = nil
	p.down = p.down[1:]
	p.size -= len(batch)
	p.changed.Broadcast()
	p.mu.Unlock()
	p.session.charge(-len(batch))
	return batch, nil
}

// Write gives the hub a batch of frames, which it does not keep. It blocks while the hub is busy
// with what was written before; after the first batch, until that was answered.
func (p *Pipe) Write(batch []byte) error {
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	switch {
	case over:
		return io.ErrClosedPipe
	case len(batch) > protocol.MaxFrame:
		return errors.New("hub: a batch of frames beyond 2 MiB")
	}
	b := append(getBuffer(sizeClass(len(batch))), batch...)
	p.session.charge(cap(b))
	p.session.receive(protocol.NewBatch(b, p.session.giveBack))
	p.session.await()
	return nil
}

// Close ends the connection. The hub gets everything that was written before; what it has sent can
// still be read.
func (p *Pipe) Close() error {
	p.abort()
	return nil
}

func (p *Pipe) serves(s *session) { p.session = s }

func (p *Pipe) write(batch []byte) error {
	p.mu.Lock()
	for p.size > maxPiped && !p.over {
		p.changed.Wait()
	}
	if p.over {
		p.mu.Unlock()
		return io.ErrClosedPipe
	}
	p.down = append(p.down, bytes.Clone(batch))
	p.size += len(batch)
	p.changed.Broadcast()
	p.mu.Unlock()
	p.session.charge(len(batch))
	return nil
}

// ping has its answer at once: a program in the same process is as alive as the hub.
func (p *Pipe) ping() { p.session.lastSign.Store(int64(p.session.hub.now())) }

// pong is never called: a program sends no pings.
func (p *Pipe) pong(string) {}

func (p *Pipe) end(uint64, string) { p.abort() }

func (p *Pipe) abort() {
	p.mu.Lock()
	was := p.over
	p.over = true
	p.changed.Broadcast()
	p.mu.Unlock()
	if !was && p.session != nil {
		p.session.bye() // nobody comes back to a pipe
		p.session.hangUp()
	}
}
