package protocol

import (
	"bytes"
	"reflect"
	"testing"
)

func testKeys(t testing.TB, secrets ...byte) *Keys {
	t.Helper()
	var list [][]byte
	for _, n := range secrets {
		list = append(list, bytes.Repeat([]byte{n}, MinSecret))
	}
	k, err := NewKeys(list...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A ticket opens for its purpose, its endpoint and its handle, whole, and for nothing else.
func TestTickets(t *testing.T) {
	k := testKeys(t, 1).sets[0]
	cap := &Capability{ID: ID{3}, Peer: ID{4}, Token: sampleToken, PeerN: 2, PeerR: Nonce{8}}
	port := k.sealPort(ID{1}, 5, cap, true)
	if got, hopped, ok := k.openPort(ID{1}, 5, port); !ok || !hopped || !reflect.DeepEqual(got, cap) {
		t.Errorf("%+v %t %t", got, hopped, ok)
	}
	session := k.sealSession(ID{1}, sessionTicket{7, 300})
	if got, ok := k.openSession(ID{1}, session); !ok || got != (sessionTicket{7, 300}) {
		t.Errorf("%+v %t", got, ok)
	}
	name := k.sealName(ID{1}, "x", 9)
	if got, ok := k.openName(ID{1}, "x", name); !ok || got != 9 {
		t.Errorf("%d %t", got, ok)
	}
	if !bytes.Equal(port, k.sealPort(ID{1}, 5, cap, true)) || bytes.Equal(port[4:28], k.sealPort(ID{1}, 5, cap, false)[4:28]) {
		t.Error("the nonce is not a function of the text")
	}
	for what, ok := range map[string]bool{
		"another endpoint": opened(k.openPort(ID{2}, 5, port)), "another handle": opened(k.openPort(ID{1}, 7, port)),
		"another key":     opened(testKeys(t, 2).sets[0].openPort(ID{1}, 5, port)),
		"another purpose": opened(k.openPort(ID{1}, 0, session)),
		"a name's ticket": opened(k.openPort(ID{1}, 0, name)),
		"nothing":         opened(k.openPort(ID{1}, 5, nil)),
		"its beginning":   opened(k.openPort(ID{1}, 5, port[:20])),
	} {
		if ok {
			t.Errorf("it opens for %s", what)
		}
	}
	for i := range port {
		forged := bytes.Clone(port)
		forged[i] ^= 1
		if _, _, ok := k.openPort(ID{1}, 5, forged); ok {
			t.Fatalf("it opens with byte %d changed", i)
		}
	}
	if _, ok := k.openName(ID{1}, "y", name); ok {
		t.Error("it opens for another name")
	}
	long := &Capability{Token: Token{Nonces: make([]Nonce, MaxChain+1), Base: MaxInteger}, PeerN: MaxInteger}
	if n := len(k.sealPort(ID{1}, MaxInteger, long, true)); n > MaxTicket {
		t.Errorf("a ticket of %d bytes", n)
	}
}

func opened(_ *Capability, _, ok bool) bool { return ok }

// Former secrets open what they have sealed; new tickets are sealed with the present one.
func TestKeyRotation(t *testing.T) {
	former, both := testKeys(t, 1), testKeys(t, 2, 1)
	ticket := former.sets[0].sealSession(ID{1}, sessionTicket{})
	if set := both.find(ticket); set == nil || set != both.sets[1] {
		t.Error("a ticket of the former key is not known")
	}
	if both.find(both.sets[0].sealSession(ID{1}, sessionTicket{})) != both.sets[0] {
		t.Error("a ticket of the present key is not known")
	}
	if testKeys(t, 2).find(ticket) != nil || former.find(nil) != nil {
		t.Error("a ticket of nobody's is known")
	}
	if _, err := NewKeys(); err == nil {
		t.Error("no secret is enough")
	}
	if _, err := NewKeys(make([]byte, MinSecret-1)); err == nil {
		t.Error("a short secret is enough")
	}
}
