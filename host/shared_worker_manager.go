package host

import (
	"slices"

	"github.com/entangle-go/entangle"
)

// sharedWorkerKey is what SharedWorker objects find a shared worker by, and what must
// not differ then.
type sharedWorkerKey struct {
	storageKey entangle.StorageKey // of whoever constructed it: the worker's own origin may be opaque (SPEC 114)
	url, name  string

	workerType, credentials string
	extendedLifetime        bool
	secureContext           bool
}

// matches reports whether a SharedWorker object with the key other means this worker.
func (k *sharedWorkerKey) matches(other *sharedWorkerKey) bool {
	return k.storageKey == other.storageKey && k.url == other.url && k.name == other.name
}

// connectOrAdd is the shared worker manager: it returns the shared worker that an owner's
// SharedWorker object is to be connected to, an existing one or else entry, which was made for it
// and is known from now on. It returns nil if the object must get an error event instead.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-sharedworker (the steps on the shared
// worker manager)
func (w *workers) connectOrAdd(entry *workerEntry, owner *workerOwner) *workerEntry {
	w.mu.Lock()
	defer w.mu.Unlock()
	// 1.-2. The first one that is not closing and has the storage key, the URL and the name.
	i := slices.IndexFunc(w.shared, func(e *workerEntry) bool { return e.shared.matches(entry.shared) })
	if i < 0 {
		// 6. None: run a worker.
		if !w.addLocked(entry, owner) {
			return nil
		}
		return entry
	}
	found := w.shared[i]
	// 4. Another type, credentials mode or lifetime is an error; 5.3. so is a secure context on
	//    one side only.
	if *found.shared != *entry.shared || owner.gone {
		return nil
	}
	// 5.8. One owner more.
	found.own(owner)
	return found
}

// unlist takes a shared worker out of those that are found. w.mu is held.
func (w *workers) unlist(entry *workerEntry) {
	if entry.shared == nil {
		return
	}
	if i := slices.Index(w.shared, entry); i >= 0 {
		w.shared = slices.Delete(w.shared, i, i+1)
	}
}
