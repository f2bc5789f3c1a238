package hub

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// circle makes two connections and ships an end of each through the other one, so that nobody can
// take them in, and leaves. It gives the end that peer still has.
func circle(t *testing.T, h *Hub, peer *client) protocol.Handle {
	t.Helper()
	c := program(t, h)
	near1, far1 := pair(c, peer, "x")
	near2 := c.do(protocol.Event{Kind: protocol.EventConnect, Name: "x"}).Port
	far2 := peer.want(protocol.EffectConnection).Ports[0].Port
	c.want(protocol.EffectOpen)
	peer.do(protocol.Event{Kind: protocol.EventUnlisten, Listener: 1})
	c.mu.Lock() // neither hears of what the other one does
	peer.mu.Lock()
	c.step(protocol.Event{Kind: protocol.EventPost, Port: near1, Ports: []protocol.Held{{Port: near2}}})
	peer.step(protocol.Event{Kind: protocol.EventPost, Port: far2, Ports: []protocol.Held{{Port: far1}}})
	peer.mu.Unlock()
	c.mu.Unlock()
	synctest.Wait()
	c.conn.Close()
	synctest.Wait()
	return far2
}

// Clients that leave ports behind which nobody can take in lock nobody out: their sessions do not
// count among those that are connected. Beyond 1,024 of a user the oldest is given up: nobody
// answers for its ports any more, and silence tells their peers.
func TestTombstones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{MaxSessions: 2})
		peer := program(t, h)
		const n = maxTombstones + 44
		var ports []protocol.Handle
		for range n {
			ports = append(ports, circle(t, h, peer))
		}
		if c := h.Counters(); c.Sessions != 1 || c.Tombstones != maxTombstones {
			t.Errorf("counters: %+v", c)
		}
		absence := time.Duration(protocol.DefaultAbsence) + 30*time.Second
		<-time.After(absence) // virtual
		synctest.Wait()
		peer.mu.Lock()
		if old := ports[:n-maxTombstones]; !slices.Equal(peer.lost, old) {
			t.Errorf("lost are %v, want those of the oldest: %v", peer.lost, old)
		}
		peer.mu.Unlock()
		<-time.After(time.Duration(protocol.ForgetAfter)) // virtual
		synctest.Wait()
		if c := h.Counters(); c.Tombstones != 0 || len(peer.lost) != n {
			t.Errorf("after more than ten minutes: %d are lost, %+v", len(peer.lost), c)
		}
	})
}

// The tombstones of a user are limited in bytes, too. Those of somebody else stay.
func TestTombstoneBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		ann, bob := Identity{User: "ann"}, Identity{User: "bob"}
		sessions := make([]*session, 4)
		for i, who := range []Identity{ann, bob, ann, ann} {
			sessions[i] = pipe(t, h, who).session
		}
		a := sessions[0].account
		if sessions[1].account == a || sessions[2].account != a {
			t.Fatal("an account is one user's")
		}
		size := func(of *account) [2]int {
			of.mu.Lock()
			defer of.mu.Unlock()
			return [2]int{len(of.tombstones), of.entombed}
		}
		sessions[1].account.entomb(sessions[1], maxTombstoneBytes)
		a.entomb(sessions[0], maxTombstoneBytes/2)
		a.entomb(sessions[2], maxTombstoneBytes/2)
		if got := size(a); got != [2]int{2, maxTombstoneBytes} {
			t.Errorf("at the limit there are %v", got)
		}
		a.entomb(sessions[3], 1)
		if got := size(a); got != [2]int{2, maxTombstoneBytes/2 + 1} || a.tombstones[0].session != sessions[2] {
			t.Errorf("beyond the limit there are %v", got)
		}
		if got := size(sessions[1].account); got != [2]int{1, maxTombstoneBytes} {
			t.Errorf("bob has %v", got)
		}
	})
}
