package hub

import (
	"fmt"
	"slices"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// recorder is a receiver that writes down what it gets.
type recorder struct{ got []string }

func (r *recorder) take(p part) {
	e := &p.entries[p.index]
	if e.frames > 0 {
		for frames := p.frames[e.from:e.to]; len(frames) > 0; {
			f, rest, err := protocol.DecodeFrame(frames)
			if err != nil {
				panic(err)
			}
			r.got, frames = append(r.got, string(f.Body)), rest
		}
		return
	}
	for _, packet := range p.packets[e.from:e.to] {
		r.got = append(r.got, fmt.Sprintf("%c%d", packet.To[0], packet.Seq))
	}
}

func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.got, want) {
		t.Errorf("got %v, want %v", r.got, want)
	}
	r.got = nil
}

// somebody is a debtor.
func somebody(t *testing.T) *debtor {
	h := newHub(t, Options{})
	return &pipe(t, h, dev()).session.debtor
}

func subject(c byte) protocol.ID { return protocol.ID{c} }

func data(to byte, seq uint64) *protocol.Packet {
	return &protocol.Packet{Kind: protocol.Data, To: subject(to), Seq: seq}
}

// What is published reaches whoever is subscribed to its subject, in the order of publishing
// whatever the subject; a broadcast does not reach who says it.
func TestBus(t *testing.T) {
	b, d := newBus(), somebody(t)
	x, y, z := new(recorder), new(recorder), new(recorder)
	b.subscribe(subject('a'), x)
	b.subscribe(subject('b'), x)
	b.subscribe(subject('b'), y)
	b.subscribe(subject('a'+64), y) // of the same shard as a
	publish := func() (given int64) {
		p := newPublication(d, z)
		for i, to := range []byte{'a', 'b', 'b', 'a', 'c', 'a' + 64} {
			p.addPacket(data(to, uint64(i)), nil)
		}
		p.addFrame(subject('a'), &protocol.Frame{Kind: protocol.Broadcast, Body: []byte("one")})
		p.addFrame(subject('a'), &protocol.Frame{Kind: protocol.Broadcast, Body: []byte("two")})
		p.addPacket(data('a', 7), nil)
		p.addFrame(subject('b'), &protocol.Frame{Kind: protocol.Broadcast, Body: []byte("three")})
		if n := len(p.entries); n != 8 {
			t.Errorf("%d entries", n)
		}
		p.hold()
		defer p.release()
		b.publish(p)
		return p.given
	}
	if given := publish(); given != 4 {
		t.Errorf("%d frames of broadcasts were given", given)
	}
	x.want(t, "a0", "b1", "b2", "a3", "one", "two", "a7", "three")
	y.want(t, "b1", "b2", string(rune('a'+64))+"5", "three")
	b.subscribe(subject('b'), z)
	b.unsubscribe(subject('b'), x)
	b.unsubscribe(subject('b'), x)
	b.unsubscribe(subject('a'), y) // which is not subscribed
	if given := publish(); given != 3 {
		t.Errorf("%d frames of broadcasts were given", given)
	}
	x.want(t, "a0", "a3", "one", "two", "a7")
	y.want(t, "b1", "b2", string(rune('a'+64))+"5", "three")
	z.want(t, "b1", "b2")
	for _, r := range []*recorder{x, y, z} {
		for _, id := range []byte{'a', 'b', 'a' + 64} {
			b.unsubscribe(subject(id), r)
		}
	}
	publish()
	x.want(t)
	y.want(t)
	z.want(t)
	for i := range b.shards {
		if s := &b.shards[i]; len(s.one)+len(s.groups) > 0 {
			t.Errorf("shard %d is not empty", i)
		}
	}
}

// One that subscribes twice gets everything once.
func TestBusTwice(t *testing.T) {
	b, d, x, y := newBus(), somebody(t), new(recorder), new(recorder)
	b.subscribe(subject('a'), x)
	b.subscribe(subject('a'), x)
	publish := func() {
		p := newPublication(d, nil)
		p.addPacket(data('a', 1), nil)
		b.publish(p)
	}
	publish()
	x.want(t, "a1")
	b.subscribe(subject('a'), y)
	b.subscribe(subject('a'), x)
	publish()
	x.want(t, "a1")
	y.want(t, "a1")
	b.unsubscribe(subject('a'), x)
	publish()
	x.want(t)
	y.want(t, "a1")
}

// keeper is a receiver that keeps what it gets.
type keeper struct {
	debtor *debtor
	parts  []part
}

func (k *keeper) take(p part) {
	p.hold()
	p.lend(p.entries[p.index].memory, k.debtor)
	k.parts = append(k.parts, p)
}

func (k *keeper) give() {
	for _, p := range k.parts {
		p.lend(-p.entries[p.index].memory, k.debtor)
		p.release()
	}
	k.parts = nil
}

// A publication is its publisher's debt; the parts that wait for receivers are theirs meanwhile,
// and together they owe for no less than there is. The batch goes back with it.
func TestDebts(t *testing.T) {
	h := newHub(t, Options{})
	from, to := &pipe(t, h, Identity{User: "from"}).session.debtor, &pipe(t, h, Identity{User: "to"}).session.debtor
	given := false
	batch := protocol.NewBatch(make([]byte, 5000), func(*protocol.Batch) { given = true })
	b := newBus()
	one, two := &keeper{debtor: to}, &keeper{debtor: to}
	b.subscribe(subject('a'), one)
	b.subscribe(subject('a'), two)
	b.subscribe(subject('b'), one)
	p := newPublication(from, nil)
	packet := data('a', 1)
	packet.Body = batch.Bytes()[:1000]
	p.addPacket(packet, batch)
	packet.Body = batch.Bytes()[1000:4000]
	p.addPacket(packet, batch)
	p.addFrame(subject('b'), &protocol.Frame{Kind: protocol.Broadcast, Body: make([]byte, 500)})
	frame := len(p.frames)
	batch.Release()
	b.publish(p)
	const packets = 2*packetSize + 4000
	if held := to.held.Load(); held != int64(2*packets+frame) {
		t.Errorf("receivers owe %d, want %d", held, 2*packets+frame)
	}
	// The batch would be charged apart; without it what is lent is as much as there is.
	if held := from.held.Load(); held != int64(2*packetSize+frame)-int64(packets+frame) {
		t.Errorf("the publisher owes %d", held)
	}
	two.give()
	if held := to.held.Load(); held != int64(packets+frame) {
		t.Errorf("receivers owe %d after the first", held)
	}
	if held := from.held.Load(); held != int64(2*packetSize+frame)-int64(packets+frame) || given {
		t.Errorf("the publisher owes %d after the first; given back: %v", held, given)
	}
	one.give()
	if to.held.Load() != 0 || from.held.Load() != 0 || !given {
		t.Errorf("in the end they owe %d and %d; given back: %v", to.held.Load(), from.held.Load(), given)
	}
}

// The memory of port states is that of everything in them.
func TestWeigh(t *testing.T) {
	inner := []protocol.PortState{{Ended: true, Queue: []protocol.Message{{Body: make([]byte, 1000)}}}}
	nested := protocol.PortState{Cap: &protocol.Capability{Token: protocol.Token{Nonces: make([]protocol.Nonce, 3)}},
		Retained: []protocol.Message{{Body: make([]byte, 10)}, {}},
		Queue:    []protocol.Message{{Body: make([]byte, 100), Ports: inner}}}
	states, bodies := weigh([]protocol.PortState{nested, {Ended: true}})
	const state, message, capability = 136, 48, 80 // on 64 bits
	if want := 3*state + capability + 3*8 + 4*message; states != want || bodies != 1110 {
		t.Errorf("%d and %d bytes, want %d and 1110", states, bodies, want)
	}
}
