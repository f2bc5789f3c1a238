package host

import "sync"

// WorkerLimits bound what workers a host runs. A worker beyond a limit does not start: its Worker
// or SharedWorker object gets an error event.
type WorkerLimits struct {
	Number  int // how many run at a time; 0 means 256
	Nesting int // how deep workers may be inside workers, a window's being at 1; 0 means 16
}

func (l WorkerLimits) orDefaults() WorkerLimits {
	if l.Number == 0 {
		l.Number = 256
	}
	if l.Nesting == 0 {
		l.Nesting = 16
	}
	return l
}

// workerOwner is what may own workers: a window's document, or a worker global scope. Its fields
// are guarded by the host's workers.
//
// https://html.spec.whatwg.org/multipage/workers.html#relevant-owner-to-add
type workerOwner struct {
	depth int // how many workers are around it: 0 for a document
	owned map[*workerEntry]struct{}
	gone  bool // the document was destroyed, or the worker ended
}

// workerEntry is a worker as its host's list of workers sees it: whose it is, and when
// it has to end.
type workerEntry struct {
	workerOwner                           // of the workers inside
	owners      map[*workerOwner]struct{} // the owner set
	shared      *sharedWorkerKey          // nil for a dedicated worker
	ended       bool
	scope       *workerGlobalScope // of a shared worker
	orphaned    func()             // called once nobody owns the worker any more, on any goroutine, without locks
}

// workers knows each worker of a host and who owns it. All methods may be called concurrently:
// owners are on several event loops.
type workers struct {
	mu      sync.Mutex // guards the fields below, and all owners and entries
	limits  WorkerLimits
	entries map[*workerEntry]struct{}
	shared  []*workerEntry // those of the shared workers that are not closing, oldest first
}

func newWorkers(limits WorkerLimits) *workers {
	return &workers{limits: limits.orDefaults(), entries: map[*workerEntry]struct{}{}}
}

// add makes a worker known, with its first owner. It reports false if the owner is gone, or if a
// limit is reached.
func (w *workers) add(entry *workerEntry, owner *workerOwner) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addLocked(entry, owner)
}

func (w *workers) addLocked(entry *workerEntry, owner *workerOwner) bool {
	if owner.gone || len(w.entries) >= w.limits.Number || owner.depth >= w.limits.Nesting {
		return false
	}
	entry.depth = owner.depth + 1
	entry.owners = map[*workerOwner]struct{}{}
	w.entries[entry] = struct{}{}
	if entry.shared != nil {
		w.shared = append(w.shared, entry)
	}
	entry.own(owner)
	return true
}

// own adds an owner to a worker's owner set. workers.mu is held.
func (entry *workerEntry) own(owner *workerOwner) {
	entry.owners[owner] = struct{}{}
	if owner.owned == nil {
		owner.owned = map[*workerEntry]struct{}{}
	}
	owner.owned[entry] = struct{}{}
}

// removeOwner says that a document was destroyed, or that a worker ended. Workers that nobody else
// owns are no longer permissible: they are told.
//
// https://html.spec.whatwg.org/multipage/workers.html#permissible-worker
//
// DEVIATION: a shared worker is not kept for a while between two documents; the text allows, but
// does not ask for it. FIXME: neither is one with an extended lifetime.
func (w *workers) removeOwner(owner *workerOwner) {
	w.mu.Lock()
	orphans := w.removeOwnerLocked(owner)
	w.mu.Unlock()
	for _, entry := range orphans {
		entry.orphaned()
	}
}

func (w *workers) removeOwnerLocked(owner *workerOwner) (orphans []*workerEntry) {
	owner.gone = true
	for entry := range owner.owned {
		delete(entry.owners, owner)
		if len(entry.owners) == 0 && !entry.ended {
			orphans = append(orphans, entry)
			w.unlist(entry)
		}
	}
	owner.owned = nil
	return orphans
}

// closing says that a worker's closing flag was set: a shared one is no longer found.
func (w *workers) closing(entry *workerEntry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlist(entry)
}

// end says that a worker has ended, with it the workers inside that nobody else owns. A second
// call does nothing.
func (w *workers) end(entry *workerEntry) {
	w.mu.Lock()
	if entry.ended || entry.owners == nil {
		w.mu.Unlock()
		return
	}
	entry.ended = true
	delete(w.entries, entry)
	w.unlist(entry)
	for owner := range entry.owners {
		delete(owner.owned, entry)
	}
	clear(entry.owners)
	orphans := w.removeOwnerLocked(&entry.workerOwner)
	w.mu.Unlock()
	for _, entry := range orphans {
		entry.orphaned()
	}
}
