package dom

import (
	"runtime"
	"sync/atomic"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Agent holds the state that the documents of an agent share: the queue of mutation observers, and
// an estimate of the Go memory of all nodes, which the engine's own limit does not see. Nodes are
// counted on pages, so that the Go collector reports at a small cost that some are gone.
type Agent struct {
	limit int64
	live  *atomic.Int64 // apart, so that a page's cleanup does not keep the agent
	page  *page

	observed bool // there was a mutation observer ever
	queued   bool // "mutation observer microtask queued"
	pending  []*MutationObserver
}

// DefaultLimit is how many bytes the nodes of an agent may take unless said otherwise.
const DefaultLimit = 512 << 20

// nodeSize is the approximate size of a node without its strings, in bytes.
const nodeSize = 512

// pageNodes is how many nodes share a page; it is given back when the last of them is collected.
const pageNodes = 64

type page struct {
	agent *Agent
	bytes *atomic.Int64
	nodes int
}

// NewAgent returns an agent without nodes, with a limit in bytes; 0 is DefaultLimit.
func NewAgent(limit int64) *Agent {
	if limit == 0 {
		limit = DefaultLimit
	}
	return &Agent{limit: limit, live: new(atomic.Int64)}
}

// count puts a new node on a page.
func (a *Agent) count() *page {
	if a.page == nil || a.page.nodes == pageNodes {
		p, live := &page{agent: a, bytes: new(atomic.Int64)}, a.live
		runtime.AddCleanup(p, func(bytes *atomic.Int64) { live.Add(-bytes.Load()) }, p.bytes)
		a.page = p
	}
	a.page.nodes++
	a.page.add(nodeSize)
	return a.page
}

// add counts the growth of a node's strings.
func (p *page) add(bytes int) {
	p.bytes.Add(int64(bytes))
	p.agent.live.Add(int64(bytes))
}

// Room fails when so many bytes more would exceed the limit of the agent.
func (d *Document) Room(bytes int) error {
	a := d.agent
	if a.live.Load()+int64(bytes) <= a.limit {
		return nil
	}
	runtime.GC() // what is garbage gives its pages back
	if a.live.Load()+int64(bytes) <= a.limit {
		return nil
	}
	return webidl.RangeError("the nodes of this agent would take more than %d bytes", a.limit)
}
