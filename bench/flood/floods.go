package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"

	"github.com/entangle-go/entangle/protocol"
)

// connections is how many a flood has at a time.
const connections = 4

// flood is the behaviour of one connection, repeated again and again. say writes a batch, the first
// of which is HELLO.
type flood struct {
	hello bool // it says HELLO before
	batch []byte
	reads bool // what the hub answers
}

// floods are those that docs/protocol.md's limits are for.
func floods() map[string]flood {
	nothing := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Unlisten, Listener: 1})
	listen := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Listen, Listener: 2, Name: "x"})
	listen = protocol.AppendFrame(listen, &protocol.Frame{Kind: protocol.Unlisten, Listener: 2})
	subscribe := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "x"})
	broadcast := protocol.AppendFrame(subscribe, &protocol.Frame{Kind: protocol.Broadcast, Name: "x", Body: []byte("y")})
	return map[string]flood{
		"frames":    {hello: true, batch: repeat(nothing, protocol.MaxFrame)},
		"answers":   {hello: true, batch: repeat(listen, protocol.MaxFrame), reads: true},
		"deaf":      {hello: true, batch: repeat(listen, protocol.MaxFrame)},
		"broadcast": {hello: true, batch: repeat(broadcast, protocol.MaxFrame), reads: true},
		"hello":     {batch: repeat(nothing, protocol.MaxFrame)},
		"small":     {hello: true, batch: nothing},
	}
}

func kinds() []string { return slices.Sorted(maps.Keys(floods())) }

func repeat(frames []byte, most int) []byte { return bytes.Repeat(frames, most/len(frames)) }

// runFlood floods the hub at an address until its input ends. A connection that the hub ends is
// replaced.
func runFlood(kind, address string) error {
	f, ok := floods()[kind]
	if !ok {
		return fmt.Errorf("there is no flood %q", kind)
	}
	var ending atomic.Bool
	fmt.Println("ready")
	for i := range connections {
		go func() {
			for n := 0; !ending.Load(); n++ {
				f.run(address, byte(i), n)
			}
		}()
	}
	io.Copy(io.Discard, os.Stdin)
	ending.Store(true)
	return nil
}

// run is the life of one connection.
func (f *flood) run(address string, i byte, n int) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /?user=mallory HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address)
	r := bufio.NewReader(conn)
	if response, err := http.ReadResponse(r, nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return
	}
	if f.hello {
		secret := protocol.Secret{i}
		binary.BigEndian.PutUint64(secret[8:], uint64(n))
		hello := protocol.Frame{Kind: protocol.Hello, Version: protocol.Version, Secret: secret[:], Origin: "https://mallory.example"}
		conn.Write(message(protocol.AppendFrame(nil, &hello)))
	}
	if f.reads {
		go io.Copy(io.Discard, r)
	}
	batch := message(f.batch)
	for len(batch) < 64<<10 { // small messages, many a write
		batch = append(batch, batch...)
	}
	for {
		if _, err := conn.Write(batch); err != nil {
			return
		}
	}
}

// message is a masked WebSocket message; the mask is 0.
func message(payload []byte) []byte {
	head := []byte{0x82, 0x80 | 127}
	head = binary.BigEndian.AppendUint64(head, uint64(len(payload)))
	if len(payload) < 126 {
		head = []byte{0x82, 0x80 | byte(len(payload))}
	}
	return append(append(head, 0, 0, 0, 0), payload...)
}
