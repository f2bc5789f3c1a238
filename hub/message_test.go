package hub

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// The first batch is HELLO alone, of at most 16 KiB.
func TestFirstBatch(t *testing.T) {
	h := newHub(t, Options{})
	subscribe := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "x"})
	for name, c := range map[string]struct {
		batch []byte
		text  string
	}{
		"empty":                {nil, "not a frame: at byte 0: cut off"},
		"no frame":             {[]byte{0xff}, "not a frame: at byte 1: unknown kind of frame"},
		"another frame":        {subscribe, "the first frame is not HELLO"},
		"more after HELLO":     {append(hello(), subscribe...), "the first batch is not HELLO alone"},
		"HELLO twice":          {append(hello(), hello()...), "the first batch is not HELLO alone"},
		"more than 16 KiB":     {append(hello(), make([]byte, protocol.MaxHello)...), "the first batch has more than 16 KiB"},
		"16 KiB with a HELLO":  {append(hello(), make([]byte, protocol.MaxHello-len(hello()))...), "the first batch is not HELLO alone"},
		"2 MiB without":        {bytes.Repeat([]byte{byte(protocol.Unlisten), 1}, protocol.MaxFrame/2), "the first batch has more than 16 KiB"},
		"16 KiB, but no HELLO": {bytes.Repeat([]byte{byte(protocol.Unlisten), 1}, protocol.MaxHello/2), "the first batch is not HELLO alone"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pipe(t, h, dev())
			defer p.Close()
			if err := p.Write(c.batch); err != nil {
				t.Fatal(err)
			}
			if f := lastWord(t, p); f.Kind != protocol.Error || f.Code != protocol.CodeProtocol || f.Text != c.text {
				t.Errorf("got %+v", f)
			}
			if err := p.Write(hello()); err == nil {
				t.Error("the pipe is still open")
			}
		})
	}
	p := pipe(t, h, dev())
	if err := p.Write(make([]byte, protocol.MaxFrame+1)); err == nil {
		t.Error("a batch beyond 2 MiB was written")
	}
	p.Close()
}

// Nothing more is read of a WebSocket before WELCOME is out.
func TestNothingBeforeWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello()) // WELCOME waits for being read
		written := make(chan struct{})
		go func() {
			conn.Write(append(head(2, true, 1<<20), make([]byte, 1<<20)...))
			close(written)
		}()
		synctest.Wait()
		select {
		case <-written:
			t.Error("a second message was read")
		default:
		}
		if opcode, payload := frame(t, r); opcode != 2 || payload[0] != byte(protocol.Welcome) {
			t.Errorf("got %d, %x", opcode, payload)
		}
		<-written
	})
}

// A message has to be whole 30 s after it began; control frames between its fragments do not change
// that.
func TestMessageDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		frame(t, r)
		<-time.After(10 * time.Second) // virtual
		began, done := time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			fragment := []byte{0x02, 0x81, 0, 0, 0, 0, byte(protocol.Subscribe)}
			for {
				if _, err := conn.Write(append(fragment, 0x89, 0x81, 0, 0, 0, 0, '?')); err != nil {
					return
				}
				fragment = []byte{0x00, 0x81, 0, 0, 0, 0, 'x'}
				<-time.After(5 * time.Second) // virtual
			}
		}()
		for pongs := 0; ; pongs++ {
			opcode, payload := frame(t, r)
			if opcode == 10 && string(payload) == "?" {
				continue
			}
			f, _, err := protocol.DecodeFrame(payload)
			if err != nil || f.Kind != protocol.Error || f.Code != protocol.CodeTimeout || f.Text != "a message took more than 30 s" {
				t.Errorf("got %+v, %v", f, err)
			}
			if pongs < 6 {
				t.Errorf("%d pings were answered", pongs)
			}
			break
		}
		if after := time.Since(began); after < messageTimeout || after > messageTimeout+2*tick {
			t.Errorf("closed after %v", after)
		}
		<-done
	})
}

// A message that is slow, but not too slow, is taken; it counts as a sign of life.
func TestSlowMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		frame(t, r)
		batch := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "a name of some length"})
		for range 3 {
			conn.Write(head(2, true, len(batch)))
			for _, b := range batch { // 24 s
				<-time.After(time.Second) // virtual
				conn.Write([]byte{b})
			}
			if opcode, payload := frame(t, r); opcode != 2 || payload[0] != byte(protocol.Subscribed) {
				t.Fatalf("got %d, %q", opcode, payload)
			}
		}
		if c := h.Counters(); c.Failed != 0 || c.Sessions != 1 {
			t.Errorf("counters: %+v", c)
		}
	})
}

// Pings are answered with what they say, several at once by one pong; a client that sends some is
// alive.
func TestClientPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		frame(t, r)
		for range 40 {
			<-time.After(5 * time.Second) // virtual; a write to the client may take 10
			write(t, conn, 9, []byte("are you there?"))
			if opcode, payload := frame(t, r); opcode != 10 || string(payload) != "are you there?" {
				t.Fatalf("got %d, %q", opcode, payload)
			}
		}
		pings := bytes.Repeat([]byte{0x89, 0x81, 0, 0, 0, 0, 'a'}, 100)
		conn.Write(append(pings, 0x89, 0x81, 0, 0, 0, 0, 'z'))
		for n := 1; ; n++ {
			opcode, payload := frame(t, r)
			if opcode != 10 {
				t.Fatalf("opcode %d", opcode)
			}
			if string(payload) == "z" {
				if n >= 100 {
					t.Errorf("%d pongs", n)
				}
				break
			}
		}
	})
}

// closing reads frames until a close frame, and gives its code and reason, and the ERROR before it.
func closing(t *testing.T, r *bufio.Reader) (code int, reason string, last protocol.Frame) {
	t.Helper()
	for {
		opcode, payload := frame(t, r)
		switch opcode {
		case 2:
			var err error
			if last, _, err = protocol.DecodeFrame(payload); err != nil {
				t.Fatal(err)
			}
		case 8:
			if len(payload) < 2 {
				return 0, "", last
			}
			return int(binary.BigEndian.Uint16(payload)), string(payload[2:]), last
		}
	}
}

// What a WebSocket may not do ends it, with a close frame that says why.
func TestCloseFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		for name, c := range map[string]struct {
			bytes  []byte
			code   int
			reason string
			failed int64
		}{
			"a message of 1 GiB":     {head(2, true, 1<<30), 1009, "", 1},
			"2 MiB and a byte":       {head(2, true, protocol.MaxFrame+1), 1009, "", 1},
			"a text message":         {append(head(1, true, 2), "{}"...), protocol.CodeProtocol, "a text message; frames are binary", 1},
			"no frame":               {append(head(2, true, 1), 0xff), protocol.CodeProtocol, "not a frame: at byte 1: unknown kind of frame", 1},
			"not masked":             {[]byte{0x82, 1, 1}, 1002, "bad MASK", 0},
			"reserved bits":          {[]byte{0xf2, 0x81, 1, 2, 3, 4, 5}, 1002, "RSV1 set, RSV2 set, RSV3 set", 0},
			"a long control frame":   {[]byte{0x89, 0xfe, 0, 200, 0, 0, 0, 0}, 1002, "len > 125 for control", 0},
			"a continuation":         {[]byte{0x80, 0x80, 0, 0, 0, 0}, 1002, "continuation after FIN", 0},
			"its own close frame":    {[]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8}, 1000, "", 0},
			"a close frame for good": {[]byte{0x88, 0x80, 0, 0, 0, 0}, 0, "", 0},
		} {
			before := h.Counters()
			conn, r := rawSocket(t, h)
			write(t, conn, 2, hello())
			frame(t, r)
			go conn.Write(c.bytes)
			code, reason, last := closing(t, r)
			if code != c.code || reason != c.reason {
				t.Errorf("%s: %d %q, want %d %q", name, code, reason, c.code, c.reason)
			}
			if c.code > 3000 && (last.Kind != protocol.Error || int(last.Code) != code || last.Text != reason) {
				t.Errorf("%s: ERROR is %+v", name, last)
			}
			if _, err := r.ReadByte(); err != io.EOF {
				t.Errorf("%s: after the close frame: %v", name, err)
			}
			synctest.Wait()
			if c := h.Counters(); c.Sessions != 0 || c.Opened != before.Opened+1 {
				t.Errorf("%s: counters %+v", name, c)
			}
			if failed := h.Counters().Failed - before.Failed; failed != c.failed {
				t.Errorf("%s: %d are counted as failed, want %d", name, failed, c.failed)
			}
		}
	})
}

// Before WELCOME a message has at most 16 KiB.
func TestHelloLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		go conn.Write(head(2, true, protocol.MaxHello+1))
		if code, _, _ := closing(t, r); code != 1009 {
			t.Errorf("code %d", code)
		}
		conn, r = rawSocket(t, h)
		go conn.Write(append(head(2, true, protocol.MaxHello), make([]byte, protocol.MaxHello)...))
		if code, reason, _ := closing(t, r); code != protocol.CodeProtocol {
			t.Errorf("%d %s", code, reason)
		}
	})
}

// What a client goes on sending after the hub has ended it is read for a second, and up to 256 KiB,
// so that it sees why.
func TestUnheard(t *testing.T) {
	for _, first := range [][]byte{append(head(2, true, 1), 0xff), {0x82, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			h := newHub(t, Options{})
			conn, r := rawSocket(t, h)
			write(t, conn, 2, hello())
			frame(t, r)
			go conn.Write(first)
			closing(t, r)
			began := time.Now()
			sent := 0
			for message := append(head(2, true, 1000), make([]byte, 1000)...); ; sent += 1000 {
				if _, err := conn.Write(message); err != nil {
					break
				}
			}
			if sent < maxUnheard/2 || sent > maxUnheard+4*readBuffer || time.Since(began) > 0 {
				t.Errorf("%d bytes were read after the close frame, for %v", sent, time.Since(began))
			}
		})
	}
}

// A client that does not close is cut off after a second.
func TestDoesNotClose(t *testing.T) {
	for _, first := range [][]byte{append(head(2, true, 1), 0xff), {0x82, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			h := newHub(t, Options{})
			conn, r := rawSocket(t, h)
			write(t, conn, 2, hello())
			frame(t, r)
			go conn.Write(first)
			closing(t, r)
			began := time.Now()
			if _, err := r.ReadByte(); err != io.EOF {
				t.Error(err)
			}
			if after := time.Since(began); after != closeTimeout {
				t.Errorf("cut off after %v", after)
			}
		})
	}
}

// The end of the connection comes after everything that was received.
func TestEndOfStream(t *testing.T) {
	h := newHub(t, Options{})
	server := serve(t, h)
	a := program(t, h)
	a.do(protocol.Event{Kind: protocol.EventSubscribe, Name: "x"})
	a.want(protocol.EffectSubscribed)
	conn := dial(t, server)
	conn.Write(hello())
	for range 100 {
		conn.Write(protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Broadcast, Name: "x", Body: []byte("last words")}))
	}
	conn.conn.NetConn().(*net.TCPConn).CloseWrite()
	for range 100 {
		if f := a.want(protocol.EffectBroadcast); string(f.Body) != "last words" {
			t.Errorf("got %q", f.Body)
		}
	}
}
