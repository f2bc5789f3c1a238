package hub

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// Limits of the memory that the hub holds for the sessions of one user, in bytes: batches that were
// read and not given back, output that waits, the state machines, tombstones. The memory of an idle
// connection does not count.
const (
	maxHeld   = 64 << 20        // beyond this the hub ends the session that holds most
	pauseHeld = maxHeld * 3 / 4 // beyond this the hub reads no session of the user,
	maxPaused = 2 * time.Second // and after this time it ends the session that holds most
	slack     = 16 << 10        // of a session, not yet booked in its account
)

// Limits of one user's sessions that have no client, whether the client may come back or not. The
// hub gives up the oldest for one more.
const (
	maxTombstones     = 1024
	maxTombstoneBytes = 16 << 20
)

const tooMuchHeld = "this user's sessions hold more than 64 MiB in the hub"

// account counts the memory that the hub holds for one user.
type account struct {
	sessions int             // guarded by Hub.mu
	queue    []chan struct{} // of those that wait at the gate, the next one first. Guarded by gate.mu
	work     atomic.Int64    // since the last tick
	busy     atomic.Bool     // there was much of it before that

	mu         sync.Mutex // guards the fields below
	debtors    map[*debtor]struct{}
	held       int64
	paused     atomic.Int64  // when the account became too full, a protocol.Time; 0: it is not. Written with the lock held
	relieved   sync.Cond     // paused has become 0, or a session is failing
	attaching  int           // ports that were attached after since,
	since      protocol.Time // which is less than protocol.PaceEvery ago
	tombstones []tombstone   // oldest first
	entombed   int           // bytes of those
}

// debtor is one session's part in its user's account.
type debtor struct {
	session *session
	account *account
	held    atomic.Int64 // bytes
	booked  atomic.Int64 // as the account knows it
	off     bool         // the session is ending, and its memory with it: the account does not count it. Guarded by account.mu
}

type tombstone struct {
	session *session
	bytes   int
}

func newAccount() *account {
	a := &account{debtors: map[*debtor]struct{}{}}
	a.relieved.L = &a.mu
	return a
}

// charge adds n bytes, which may be negative, to the debtor's memory. The caller holds no
// lock of a session.
func (d *debtor) charge(n int) {
	held := d.held.Add(int64(n))
	if unknown := held - d.booked.Load(); unknown >= slack || unknown <= -slack {
		d.account.settle(d)
	}
}

// settle books the debtor's memory in the account, and ends the debtors that hold most if the
// account holds too much.
func (a *account) settle(d *debtor) {
	a.mu.Lock()
	held := d.held.Load()
	if !d.off {
		a.held += held - d.booked.Load()
	}
	d.booked.Store(held)
	var debtors []*debtor
	for a.held > maxHeld && len(a.debtors) > 0 {
		debtors = append(debtors, a.writeOff(a.largest()))
	}
	a.look(d.session.hub.lately())
	a.mu.Unlock()
	for _, d := range debtors {
		d.session.evict()
	}
}

// largest returns the debtor that holds most.
func (a *account) largest() (most *debtor) {
	for d := range a.debtors {
		if most == nil || d.held.Load() > most.held.Load() {
			most = d
		}
	}
	return most
}

// writeOff takes a debtor out of the account's sum.
func (a *account) writeOff(d *debtor) *debtor {
	if !d.off {
		d.off = true
		a.held -= d.booked.Load()
		delete(a.debtors, d)
	}
	return d
}

// look updates whether the account is paused.
func (a *account) look(now protocol.Time) {
	switch {
	case a.held <= pauseHeld:
		if a.paused.Swap(0) != 0 {
			a.relieved.Broadcast()
		}
	case a.paused.Load() == 0:
		a.paused.Store(max(1, int64(now)))
	}
}

func (a *account) enter(d *debtor) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.debtors[d] = struct{}{}
}

// leave ends a session's part.
func (a *account) leave(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writeOff(&s.debtor)
	a.look(s.hub.lately())
	a.exhume(s)
}

// pausing reports whether the account holds too much.
func (a *account) pausing() bool { return a.paused.Load() != 0 }

// await blocks a session's reader while the account is paused.
func (a *account) await(s *session) {
	if !a.pausing() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.pausing() && !s.failing.Load() {
		a.relieved.Wait()
	}
}

// wake lets readers of failing sessions go on.
func (a *account) wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.relieved.Broadcast()
}

// worked counts work, and reports whether the user is busy.
func (a *account) worked(n int) bool { return a.work.Add(int64(n)) > busyWork || a.busy.Load() }

// pass is called at each tick. It ends the debtor that holds most if the account has been
// paused for too long.
func (a *account) pass(now protocol.Time) {
	a.busy.Store(a.work.Swap(0) > busyWork)
	a.mu.Lock()
	var d *debtor
	if since := a.paused.Load(); since != 0 && int64(now)-since > int64(maxPaused) && len(a.debtors) > 0 {
		d = a.writeOff(a.largest())
		a.look(now)
		if a.paused.Load() != 0 {
			a.paused.Store(int64(now)) // the next one has its time, too
		}
	}
	a.mu.Unlock()
	if d != nil {
		d.session.evict()
	}
}

// attach returns how many ports a session may attach, and counts them.
func (a *account) attach(now protocol.Time) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now-a.since >= protocol.PaceEvery {
		a.since, a.attaching = now, 0
	}
	n = protocol.PaceAttach - a.attaching
	a.attaching += n
	return n
}

// attached gives back the ports that the session did not attach.
func (a *account) attached(unused int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attaching -= unused
}

// entomb counts a session that has no client but still answers for its ports. It gives up the
// oldest ones if there are too many.
func (a *account) entomb(s *session, bytes int) {
	a.mu.Lock()
	a.tombstones = append(a.tombstones, tombstone{s, bytes})
	a.entombed += bytes
	var old []*session
	for len(a.tombstones) > maxTombstones || a.entombed > maxTombstoneBytes {
		old = append(old, a.tombstones[0].session)
		a.exhume(a.tombstones[0].session)
	}
	a.mu.Unlock()
	for _, s := range old {
		s.signal(signalForget)
	}
}

// exhume stops counting a tombstone. The lock is held.
func (a *account) exhume(s *session) {
	i := slices.IndexFunc(a.tombstones, func(t tombstone) bool { return t.session == s })
	if i >= 0 {
		a.entombed -= a.tombstones[i].bytes
		a.tombstones = slices.Delete(a.tombstones, i, i+1)
	}
}
