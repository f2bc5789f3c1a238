package host

import (
	"sync/atomic"

	"github.com/entangle-go/entangle/clone"
)

// sessionHistory is where a navigable was.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#session-history-entry
//
// DEVIATION: documents are not kept for going back to: going back to another document loads it
// again. Frames have histories of their own, and do not add to the page's.
type sessionHistory struct {
	number  uint64 // of the navigable, in the order of making
	entries []historyEntry
	at      int
}

type historyEntry struct {
	url      string
	state    *clone.Record // the serialized state of pushState, nil if there is none
	document uint64        // the number of the document that it was made for
}

var navigables atomic.Uint64

func newHistory() sessionHistory { return sessionHistory{number: navigables.Add(1)} }

func (s *sessionHistory) compare(other *sessionHistory) int {
	if s.number < other.number {
		return -1
	}
	return 1
}

// maxHistory is how many entries are kept.
const maxHistory = 50

// push adds an entry after the current one, or takes its place.
func (s *sessionHistory) push(e historyEntry, replace bool) {
	if replace && len(s.entries) > 0 {
		s.entries[s.at] = e
		return
	}
	if len(s.entries) > 0 {
		s.entries = s.entries[:s.at+1]
	}
	if s.entries = append(s.entries, e); len(s.entries) > maxHistory {
		s.entries = s.entries[1:]
	}
	s.at = len(s.entries) - 1
}

// current returns the current entry.
func (s *sessionHistory) current() historyEntry {
	if len(s.entries) == 0 {
		return historyEntry{}
	}
	return s.entries[s.at]
}

// step returns the entry that is delta away; false if there is none.
func (s *sessionHistory) step(delta int) (historyEntry, bool) {
	at := s.at + delta
	if at < 0 || at >= len(s.entries) {
		return historyEntry{}, false
	}
	s.at = at
	return s.entries[at], true
}
