package hub

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/entangle-go/entangle/protocol"
)

// Counters count what passed through a hub since it was made, and the sessions that it has now.
type Counters struct {
	Sessions    int64 `json:"sessions"`    // clients that are connected now
	Tombstones  int64 `json:"tombstones"`  // sessions that lost their client and still answer for its ports, now
	Waiting     int64 `json:"waiting"`     // connects that nobody has answered, now
	Opened      int64 `json:"opened"`      // sessions
	Refused     int64 `json:"refused"`     // handshakes
	Failed      int64 `json:"failed"`      // sessions that the hub closed for a fault or a timeout
	Slow        int64 `json:"slow"`        // sessions closed with 4 MiB of broadcasts waiting to go out
	Dropped     int64 `json:"dropped"`     // packets that were dropped with 4 MiB waiting to go out; they are sent again
	Messages    int64 `json:"messages"`    // messages of ports, sent to clients
	Bytes       int64 `json:"bytes"`       // bytes of the bodies in those
	Transfers   int64 `json:"transfers"`   // ports handed over in those
	Connections int64 `json:"connections"` // taken by listeners
	Broadcasts  int64 `json:"broadcasts"`  // messages of broadcast channels, taken from clients
	Deliveries  int64 `json:"deliveries"`  // of those, to one client each
}

type counts struct {
	opened, refused, failed, slow, messages, bytes, transfers, connections, broadcasts, deliveries, dropped atomic.Int64
}

// sent counts a frame to a client.
func (c *counts) sent(f *protocol.Frame) {
	if f.Kind == protocol.Data {
		c.messages.Add(1)
		c.bytes.Add(int64(len(f.Body)))
		c.transfers.Add(int64(len(f.Ports)))
	}
}

// Counters is a snapshot.
func (h *Hub) Counters() Counters {
	c := Counters{
		Opened: h.counts.opened.Load(), Refused: h.counts.refused.Load(), Failed: h.counts.failed.Load(), Slow: h.counts.slow.Load(),
		Dropped:  h.counts.dropped.Load(),
		Messages: h.counts.messages.Load(), Bytes: h.counts.bytes.Load(), Transfers: h.counts.transfers.Load(),
		Connections: h.counts.connections.Load(), Broadcasts: h.counts.broadcasts.Load(), Deliveries: h.counts.deliveries.Load(),
	}
	for _, s := range h.all() {
		if !s.ended.Load() {
			c.Sessions++
		} else {
			c.Tombstones++
		}
	}
	h.directoryMu.Lock()
	defer h.directoryMu.Unlock()
	c.Waiting = int64(h.directory.Waiting())
	return c
}

// ServeCounters answers with the counters as JSON. Mount it only where everybody who can reach it
// may know how busy the hub is.
func (h *Hub) ServeCounters(w http.ResponseWriter, r *http.Request) {
	if !h.servesHost(strings.ToLower(r.Host), h.loopbackHosts(r)) {
		http.Error(w, wrongHost, http.StatusMisdirectedRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(h.Counters())
}
