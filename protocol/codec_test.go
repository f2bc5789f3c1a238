package protocol

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func sampleSecret(n byte) []byte { return bytes.Repeat([]byte{n}, len(Secret{})) }

var sampleToken = Token{3, []Nonce{{1, 2, 3}, {4, 5, 6}}}

// sampleFrames are frames of all kinds with everything in them.
func sampleFrames() []Frame {
	ports := []PortState{{Port: 5, SendNext: 300, RecvNext: 7,
		Retained: []Message{{[]byte("r"), []PortState{{Port: 9}}}},
		Queue:    []Message{{[]byte("q"), []PortState{{Ended: true, Lost: true, Queue: []Message{{Body: []byte("left")}}}}}}}}
	return []Frame{
		{Kind: Hello, Version: Version, Secret: sampleSecret(7), Origin: "https://a.example", Service: true,
			Ticket: []byte("t"), Handles: 7, Channels: 300},
		{Kind: Hello, Version: Version, Secret: sampleSecret(7), Ticket: []byte{}},
		{Kind: Welcome, Version: Version, Endpoint: "00ff", Origin: "null", User: "dev", MaxBody: MaxBody, Absence: 120_000, Ticket: []byte("t")},
		{Kind: Error, Code: CodeSlow, Text: "too slow"},
		{Kind: Data, Port: 4, Seq: MaxInteger, Next: 128, Body: []byte("body"), Ports: ports},
		{Kind: Data, Port: 6, Body: []byte{}},
		{Kind: Ack, Port: 1, Next: 2}, {Kind: Attach, Port: 1, Next: 2}, {Kind: Attached, Port: 1, Next: 2},
		{Kind: Closed, Port: 1, Next: 2}, {Kind: Gone, Port: 1, Next: 2}, {Kind: Refused, Port: 3},
		{Kind: Close, Port: 1, Seq: 9, Next: 2},
		{Kind: Listen, Listener: 1, Name: "naïve", Ticket: []byte("n")}, {Kind: Unlisten, Listener: 1},
		{Kind: Listening, Listener: 1, Code: 2, Ticket: []byte("n")},
		{Kind: Connect, Port: 4, Name: "x", Origin: "https://b.example", Ports: []PortState{{Port: 6}}},
		{Kind: Connection, Listener: 1, Origin: "https://b.example", User: "u", Ports: []PortState{{Port: 1}}},
		{Kind: Subscribe, Name: "c"}, {Kind: Unsubscribe, Name: "c"}, {Kind: Subscribed, Name: "c", Code: TooMany},
		{Kind: Taken, Port: 3}, {Kind: Settled, Port: 4},
		{Kind: Ticket, Ticket: []byte("t")}, {Kind: Bye}, {Kind: Ping}, {Kind: Pong},
		{Kind: Cap, Port: 5, Ticket: []byte("c")}, {Kind: Dropped, Port: 5},
		{Kind: Resume, Resumed: []ResumedPort{{Port: 4, SendNext: 7, RecvNext: 300, Oldest: 2, Ticket: []byte("c")},
			{Port: 6, Where: Closing, Ticket: []byte{}},
			{Port: 8, Where: InMessage, Parent: 4, Seq: 6, Ticket: []byte{}}, {Port: 10, Where: InQueue, Parent: 8, Ticket: []byte("c")}}},
		{Kind: Broadcast, Name: "c", Body: []byte("all")},
	}
}

func samplePackets() []Packet {
	base := Packet{To: ID{1}, From: ID{2}, Token: sampleToken, ToN: 1, ToR: Nonce{7}, Next: 5}
	cap := &Capability{ID: ID{3}, Peer: ID{4}, Token: sampleToken, PeerN: 2, PeerR: Nonce{8}}
	var packets []Packet
	for _, kind := range []Kind{Data, Ack, Attach, Attached, Refused, Close, Closed, Gone, Probe, Alive} {
		p := base
		p.Kind = kind
		switch kind {
		case Data:
			p.Seq, p.Body = 9, []byte("body")
			p.Ports = []PortState{{Cap: cap, SendNext: 1, Retained: []Message{{Body: []byte("r")}}}, {Ended: true}}
		case Attach:
			p.Again = true
		case Alive:
			p.Transit, p.Waiting = true, true
		case Attached, Refused:
			p.VN, p.VR = 4, Nonce{9}
		case Close:
			p.Seq = 8
		}
		packets = append(packets, p)
	}
	to, from := ID{5}, ID{6}
	return append(packets,
		Packet{Kind: Offer, To: to, From: from, Request: 4, Offer: 2, Listener: 9, Origin: "https://a.example", User: "u",
			Ports: []PortState{{Cap: cap}}},
		Packet{Kind: Taken, To: to, From: from, Request: 4, Offer: 2},
		Packet{Kind: Declined, To: to, From: from, Request: 4, Offer: 2, Lost: true},
		Packet{Kind: Withdraw, To: to, From: from, Request: 4, Offer: 2},
		Packet{Kind: Matched, To: to, From: from, Request: 4, Offer: 2, Listener: 9},
		Packet{Kind: Crowded, To: to, From: from, Request: 4},
		Packet{Kind: Listening, To: to, From: from, Listener: 9, Code: TooMany, Ticket: []byte("n")},
		Packet{Kind: Takeover, To: to, From: from, VN: 300},
	)
}

// Everything comes back from a batch as it was.
func TestCodec(t *testing.T) {
	frames := sampleFrames()
	var batch []byte
	for i := range frames {
		batch = AppendFrame(batch, &frames[i])
	}
	for i := range frames {
		f, rest, err := DecodeFrame(batch)
		if err != nil {
			t.Fatalf("%s: %v", frames[i].Kind, err)
		}
		if !reflect.DeepEqual(f, frames[i]) {
			t.Errorf("got %+v\nwant %+v", f, frames[i])
		}
		batch = rest
	}
	for _, want := range samplePackets() {
		p, err := DecodePacket(AppendPacket(nil, &want))
		if err != nil {
			t.Fatalf("%s: %v", want.Kind, err)
		}
		if !reflect.DeepEqual(p, want) {
			t.Errorf("got %+v\nwant %+v", p, want)
		}
	}
}

// A frame that is cut off anywhere is an error.
func TestCutOff(t *testing.T) {
	for _, f := range sampleFrames() {
		whole := AppendFrame(nil, &f)
		for n := range whole {
			if _, _, err := DecodeFrame(whole[:n]); err == nil {
				t.Errorf("%s cut off after %d bytes is taken", f.Kind, n)
			}
		}
	}
}

// What is not a frame is refused, with the place and the reason.
func TestNotAFrame(t *testing.T) {
	nested := func(depth int) string {
		s := "00" + "00" + "00" // an ended port with an empty queue
		for range depth {
			s = "00" + "00" + "01" + "00" + "01" + s
		}
		return "10" + "04" + "00" + "00" + "00" + "01" + s
	}
	for _, c := range []struct{ name, hex, want string }{
		{"nothing", "", "at byte 0: cut off"},
		{"unknown kind", "7f", "unknown kind"},
		{"a kind of packets only", "4000", "unknown kind"},
		{"handle 0", "110000", "no handle"},
		{"integer beyond 2^53-1", "1101" + "ffffffffffffff7f", "integer too large"},
		{"integer without end", "1101" + strings.Repeat("ff", 12), "integer too large"},
		{"integer not in its shortest form", "11018000", "shortest"},
		{"unknown flag", "010302" + strings.Repeat("00", 36), "unknown flag"},
		{"a secret that is cut off", "010300" + strings.Repeat("00", 31), "cut off"},
		{"body of 2 GiB", "1004000080808080" + "08", "too long"},
		{"body of 1 MiB that is not there", "10040000" + "808040", "more items announced"},
		{"name of 257 bytes", "30" + "8102" + strings.Repeat("61", 257), "too long"},
		{"65 ports", "1004000000" + "41" + strings.Repeat("000000", 65), "too many ports"},
		{"64 ports that are not there", "1004000000" + "40" + "00", "more items announced"},
		{"16384 messages that are not there", "1004000000" + "01" + "0000" + "808001", "more items announced"},
		{"more messages retained than sent", "1004000000" + "01" + "05" + "00" + "00" + "01" + "0000" + "00", "more messages retained"},
		{"a lost port that is not ended", "1004000000" + "01" + "0002" + "00", "unknown flag"},
		{"CONNECT without a port", "23" + "04" + "0161" + "00" + "00", "no port"},
		{"CONNECT with two", "23" + "04" + "0161" + "00" + "02" + "000000" + "000000", "too many ports"},
		{"bytes that nobody has posted", "10" + "04" + "0000" + "00" + "01" + "05" + "0000" + "00" + "8080808080808008" +
			"0000" + "00" + "0000" + "00", "nobody has reached"},
		{"too deep", nested(MaxDepth + 1), "too deep"},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if _, _, err := DecodeFrame(b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	b, _ := hex.DecodeString(nested(MaxDepth))
	if _, _, err := DecodeFrame(b); err != nil {
		t.Errorf("%d deep: %v", MaxDepth, err)
	}
}

// What a frame announces is not allocated before it is there.
func TestAllocation(t *testing.T) {
	frame := []byte{byte(Data), 4, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 1} // a queue of 16384 messages
	frame = append(frame, make([]byte, 2*16384-1)...)                                       // of which the last is cut off
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := DecodeFrame(frame); err == nil {
		t.Fatal("taken")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64*uint64(len(frame)) {
		t.Errorf("%d bytes for a frame of %d", n, len(frame))
	}
}

func FuzzDecodeFrame(f *testing.F) {
	for _, frame := range sampleFrames() {
		f.Add(AppendFrame(nil, &frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, rest, err := DecodeFrame(b)
		if err != nil {
			return
		}
		if again := AppendFrame(nil, &frame); !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Errorf("%x became %x", b[:len(b)-len(rest)], again)
		}
	})
}

func FuzzDecodePacket(f *testing.F) {
	for _, p := range samplePackets() {
		f.Add(AppendPacket(nil, &p))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePacket(b)
		if err != nil {
			return
		}
		if again := AppendPacket(nil, &p); !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

// A decoder's frames are valid until the next one; the memory for them is used again.
func TestDecoderAllocatesNothing(t *testing.T) {
	var batch []byte
	for _, f := range sampleFrames() {
		if f.Kind == Data || f.Kind == Ack {
			batch = AppendFrame(batch, &f)
		}
	}
	d := new(Decoder)
	read := func() {
		for rest := batch; len(rest) > 0; {
			var err error
			if _, rest, err = d.Frame(rest); err != nil {
				t.Fatal(err)
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n > 0 && !poisoned {
		t.Errorf("%v allocations for a batch", n)
	}
}

// FuzzSession lets a client say anything to its session, and have an heir: it may fail, not panic,
// and its books stay right.
func FuzzSession(f *testing.F) {
	hello := AppendFrame(nil, &Frame{Kind: Hello, Version: Version, Secret: sampleSecret(1), Origin: "https://a.example"})
	connect := AppendFrame(hello, &Frame{Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6}}})
	f.Add(connect)
	f.Add(AppendFrame(connect, &Frame{Kind: Data, Port: 4, Ports: []PortState{{Port: 8, Queue: []Message{{Ports: []PortState{{Port: 10}}}}}}}))
	f.Add(AppendFrame(connect, &Frame{Kind: Close, Port: 4}))
	f.Fuzz(func(t *testing.T, batch []byte) {
		s := NewSession(0, ID{1}, testSettings, Identity{User: "dev", Origin: "https://a.example"})
		var out SessionOut
		var heir Heir
		step := func(ev SessionEvent) {
			s.Step(0, ev, &out)
			for i := range out.Effects {
				if f := &out.Effects[i]; f.Kind == SessionSend {
					heir.Said(0, f.Frame)
				}
			}
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
		}
		var d Decoder
		for len(batch) > 0 {
			frame, rest, err := d.Frame(batch)
			if err != nil {
				return
			}
			raw := batch[:len(batch)-len(rest)]
			batch = rest
			step(SessionEvent{Kind: SessionFrame, Frame: frame})
			taken, wanted := s.Wanted(frame)
			heir.Posted(frame, raw, taken, wanted)
		}
		step(SessionEvent{Kind: SessionEnd})
		step(SessionEvent{Kind: SessionInherit, Ports: heir.Inherit()})
		for says := heir.Answers(); len(says) > 0; {
			frame, rest, err := DecodeFrame(says)
			if err != nil {
				t.Fatal(err)
			}
			says = rest
			step(SessionEvent{Kind: SessionFrame, Frame: &frame})
		}
		step(SessionEvent{Kind: SessionForget})
		if s.Ports() != 0 {
			t.Errorf("%d ports are left", s.Ports())
		}
	})
}

// FuzzEndpoint lets a hub say anything to an endpoint, whose socket is lost and whose application
// posts and closes in between, where a byte is no kind of a frame: it may fail, not panic, and its
// books stay right.
func FuzzEndpoint(f *testing.F) {
	connection := AppendFrame(nil, &Frame{Kind: Connection, Listener: 1, Ports: []PortState{{Port: 1}}})
	f.Add(connection)
	f.Add(AppendFrame(connection, &Frame{Kind: Attached, Port: 1}))
	f.Add(AppendFrame(nil, &Frame{Kind: Data, Port: 4, Ports: []PortState{{Port: 3, Queue: []Message{{Ports: []PortState{{Port: 5}}}}}}}))
	f.Add(AppendFrame(AppendFrame(nil, &Frame{Kind: Settled, Port: 4}), &Frame{Kind: Gone, Port: 4}))
	welcome := AppendFrame(nil, &Frame{Kind: Welcome, Version: Version, Absence: 120_000, Ticket: []byte("t")})
	f.Add(append(AppendFrame(append(bytes.Clone(welcome), 0x82, 0x81, 0x80), &Frame{Kind: Cap, Port: 4, Ticket: []byte("c")}), welcome...))
	f.Add(append(AppendFrame(bytes.Clone(welcome), &Frame{Kind: Attach, Port: 4}), 0x82, 0x83, 0x84, 0x84, 0x85, 0x81, 0x80))
	f.Add(append(bytes.Clone(welcome), 0x81, 0x85, 0x85, 0x80))
	f.Fuzz(func(t *testing.T, batch []byte) {
		e := NewEndpoint()
		var out Out
		now := Time(0)
		step := func(ev Event) {
			e.Step(now, ev, &out)
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			for i := range out.Effects {
				if f := &out.Effects[i]; f.Kind == EffectSend {
					if _, _, err := DecodeFrame(AppendFrame(nil, f.Frame)); err != nil {
						t.Fatalf("it says what nobody can read: %v", err)
					}
				}
			}
		}
		others := []Event{{Kind: EventStart}, {Kind: EventLost}, {Kind: EventPost, Port: 4, Body: []byte("x"), Ports: []Held{{Port: 8}}},
			{Kind: EventClose, Port: 4}, {Kind: EventTime}, {Kind: EventTime, Unsent: true}, {Kind: EventListen, Listener: 1, Name: "x"},
			{Kind: EventSubscribe, Name: "x"}, {Kind: EventBroadcast, Name: "x", Body: []byte("y")}, {Kind: EventPost, Port: 1},
			{Kind: EventClose, Port: 1}, {Kind: EventChannel}}
		step(Event{Kind: EventStart})
		step(Event{Kind: EventConnect, Name: "x"})
		var d Decoder
		for len(batch) > 0 {
			if op := batch[0]; op >= 0x80 {
				batch = batch[1:]
				now += Time(op) * second / 4
				step(others[int(op-0x80)%len(others)])
				continue
			}
			frame, rest, err := d.Frame(batch)
			if err != nil {
				return
			}
			batch = rest
			step(Event{Kind: EventFrame, Frame: frame})
		}
		now += second
		step(Event{Kind: EventTime})
		step(Event{Kind: EventEnd})
	})
}
