package hub

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// memory is what the process uses for objects and stacks.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// cpu is the time that the process has computed.
func cpu() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// quietSocket connects, says HELLO and reads the answer, and costs the process nothing but its
// connection.
func quietSocket(b *testing.B, address string, more ...protocol.Frame) net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address)
	r := bufio.NewReaderSize(conn, 512)
	if _, err := http.ReadResponse(r, nil); err != nil {
		b.Fatal(err)
	}
	say := func(batch []byte) {
		conn.Write(append([]byte{0x82, 0x80 | byte(len(batch)), 0, 0, 0, 0}, batch...))
		head := make([]byte, 2)
		io.ReadFull(r, head)
		io.CopyN(io.Discard, r, int64(head[1]))
	}
	say(hello())
	for i := range more {
		say(protocol.AppendFrame(nil, &more[i]))
	}
	return conn
}

// BenchmarkIdleSession tells what a session costs that does nothing. The client's end of the
// connection, in the same process, is measured apart and left out.
func BenchmarkIdleSession(b *testing.B) {
	const n = 2000
	h := newHub(b, Options{})
	server := serve(b, h)
	address := strings.TrimPrefix(server.URL, "http://")
	quietSocket(b, address).Close()
	bare := dialMany(b, n)
	for b.Loop() {
		before := memory()
		conns := make([]net.Conn, n)
		for i := range conns {
			conns[i] = quietSocket(b, address)
		}
		b.ReportMetric(float64(memory()-before)/n-bare, "B/session")
		for _, c := range conns {
			c.Close()
		}
	}
}

// dialMany measures connections that nobody serves, both ends.
func dialMany(b *testing.B, n int) (perConn float64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	before := memory()
	var conns []net.Conn
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, c)
	}
	perConn = float64(memory()-before) / float64(n)
	for _, c := range conns {
		c.Close()
	}
	return perConn
}

// BenchmarkIdlePort tells what a port costs the hub that is held by a session and confirmed.
func BenchmarkIdlePort(b *testing.B) {
	const n = 8000
	for b.Loop() {
		h := newHub(b, Options{})
		a, c := program(b, h), program(b, h)
		c.listen("x")
		clients := memory()
		for range n {
			a.do(protocol.Event{Kind: protocol.EventConnect, Name: "x"})
			a.want(protocol.EffectOpen)
			c.want(protocol.EffectOpen)
		}
		both := memory() - clients
		for _, c := range []*client{a, c} {
			c.mu.Lock()
			c.e, c.effects = protocol.NewEndpoint(), nil
			c.mu.Unlock()
		}
		withoutClients := memory() - clients
		b.ReportMetric(float64(withoutClients)/(2*n), "B/port")
		b.ReportMetric(float64(both-withoutClients)/(2*n), "B/port-of-client")
		h.Close()
	}
}

// BenchmarkOneWay passes messages from one WebSocket to another. Clients compute in the same
// process; they post in batches of 64 KiB, or 64 messages.
func BenchmarkOneWay(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 16 << 10, 256 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { oneWay(b, size) })
	}
}

func oneWay(b *testing.B, size int) {
	h := newHub(b, Options{})
	server := serve(b, h)
	a := over(b, dial(b, server), protocol.Event{Origin: origin})
	c := over(b, dial(b, server), protocol.Event{Origin: origin})
	near, _ := pair(a, c, "x")
	body := make([]byte, size)
	b.ReportAllocs()
	done := make(chan struct{})
	began := cpu()
	b.ResetTimer()
	go func() {
		defer close(done)
		for n := 0; n < b.N; {
			c.mu.Lock()
			for len(c.effects) == 0 && !c.over {
				c.changed.Wait()
			}
			for _, f := range c.effects {
				if f.Kind == protocol.EffectDeliver {
					n++
				}
			}
			c.effects = c.effects[:0]
			over := c.over
			c.mu.Unlock()
			if over {
				b.Error("the connection ended")
				return
			}
		}
	}()
	for n := 0; n < b.N; {
		a.mu.Lock()
		for {
			if behind, _ := a.e.Behind(near); behind*max(size, 256) <= 1<<20 {
				break
			}
			a.effects = a.effects[:0]
			a.changed.Wait()
		}
		var batch []byte
		for range min(64, b.N-n, max(1, 64<<10/size)) {
			a.e.Step(a.now, protocol.Event{Kind: protocol.EventPost, Port: near, Body: body}, &a.out)
			for _, f := range a.out.Effects {
				batch = protocol.AppendFrame(batch, f.Frame)
			}
			n++
		}
		a.mu.Unlock()
		a.conn.Write(batch)
	}
	<-done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(cpu()-began)/float64(b.N)/1000, "us-cpu/msg")
}

// BenchmarkBroadcast passes messages of 64 bytes to 1,000 WebSockets, whose clients only read and
// throw away.
func BenchmarkBroadcast(b *testing.B) {
	const n = 1000
	h := newHub(b, Options{})
	server := serve(b, h)
	address := strings.TrimPrefix(server.URL, "http://")
	done := make(chan int64)
	for range n {
		conn := quietSocket(b, address, protocol.Frame{Kind: protocol.Subscribe, Name: "c"})
		b.Cleanup(func() { conn.Close() })
		go func() {
			buffer := make([]byte, 64<<10)
			total := int64(0)
			for total < int64(b.N)*70 {
				m, err := conn.Read(buffer)
				if err != nil {
					break
				}
				total += int64(m)
			}
			done <- total
		}()
	}
	a := program(b, h)
	body := make([]byte, 64)
	b.ResetTimer()
	began := cpu()
	for range b.N {
		a.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "c", Body: body})
	}
	for range n {
		<-done
	}
	b.ReportMetric(float64(cpu()-began)/float64(b.N)/n/1000, "us-cpu/delivery")
}
