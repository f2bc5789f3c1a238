package remote

import (
	"context"
	"io"
)

// Conn is a connection to a hub of the same process. It carries batches of frames, each whole and
// in order. One goroutine reads, another one writes; Close may be called concurrently, and again.
type Conn interface {
	// Read waits for the next batch, which belongs to the caller. Its error is final: io.EOF when the
	// other side has closed.
	Read() ([]byte, error)
	// Write sends a batch, which it does not keep.
	Write(batch []byte) error
	// Close ends the connection. The other side reads everything before.
	Close() error
}

// Attach makes a client of a hub of the same process, as Dial does. The connection belongs to it,
// also if it fails. When it ends the client ends.
func Attach(ctx context.Context, conn Conn, o Options) (*Client, error) {
	var err error
	if o.Origin, err = o.statedOrigin(); err != nil {
		conn.Close()
		return nil, err
	}
	return begin(ctx, newClient(pipe{conn}, nil, o, usualPace))
}

// pipe is a socket in the same process.
type pipe struct{ conn Conn }

func (p pipe) serve(receive func(batch []byte)) error {
	for {
		batch, err := p.conn.Read()
		if err == io.EOF {
			return errEOF
		}
		if err != nil {
			return err
		}
		receive(batch)
	}
}

func (p pipe) write(batch []byte) error { return p.conn.Write(batch) }
func (p pipe) ping()                    {} // the hub lives as long as this process
func (p pipe) shut()                    { p.conn.Close() }
func (p pipe) abort()                   { p.conn.Close() }
