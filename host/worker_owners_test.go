package host

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
)

// SPEC 111: a worker is permissible while its owner set is not empty; without owners it is closed,
// and what it owns with it.
func TestWorkersEndWithTheirOwners(t *testing.T) {
	w := newWorkers(WorkerLimits{})
	var page, other workerOwner
	var told []string
	entry := func(name string) *workerEntry {
		e := &workerEntry{}
		e.orphaned = func() { told = append(told, name); w.end(e) }
		return e
	}
	outer, inner, innermost, sibling := entry("outer"), entry("inner"), entry("innermost"), entry("sibling")
	for _, made := range []struct {
		entry *workerEntry
		owner *workerOwner
	}{{outer, &page}, {inner, &outer.workerOwner}, {innermost, &inner.workerOwner}, {sibling, &other}} {
		if !w.add(made.entry, made.owner) {
			t.Fatal("not added")
		}
	}
	w.removeOwner(&page)
	if got := strings.Join(told, " "); got != "outer inner innermost" {
		t.Error("told:", got)
	}
	if len(w.entries) != 1 || len(other.owned) != 1 {
		t.Error(len(w.entries), "workers are left, of whom the other page owns", len(other.owned))
	}
	if w.add(entry("late"), &page) {
		t.Error("a page that is gone owns a worker")
	}
	w.end(sibling)
	w.end(sibling)
	w.removeOwner(&other)
	if len(told) != 3 || len(w.entries) != 0 || len(other.owned) != 0 {
		t.Error("a worker that ended was told, or is known:", told, len(w.entries))
	}
}

// SPEC 112, 114: one shared worker per storage key of the constructor, URL and name; a difference
// in the options is an error.
func TestSharedWorkerManager(t *testing.T) {
	here := entangle.StorageKey{Origin: entangle.NewOpaqueOrigin()}
	there := entangle.StorageKey{Origin: entangle.NewOpaqueOrigin()}
	base := sharedWorkerKey{storageKey: here, url: "data:text/javascript,1", name: "a", workerType: "classic", credentials: "same-origin"}
	with := func(change func(*sharedWorkerKey)) *sharedWorkerKey { k := base; change(&k); return &k }
	for _, test := range []struct {
		name string
		key  *sharedWorkerKey
		want string
	}{
		{"the same", with(func(*sharedWorkerKey) {}), "first"},
		{"another storage key", with(func(k *sharedWorkerKey) { k.storageKey = there }), "new"},
		{"another URL", with(func(k *sharedWorkerKey) { k.url += "2" }), "new"},
		{"another name", with(func(k *sharedWorkerKey) { k.name = "" }), "new"},
		{"another type", with(func(k *sharedWorkerKey) { k.workerType = "module" }), "error"},
		{"another credentials mode", with(func(k *sharedWorkerKey) { k.credentials = "omit" }), "error"},
		{"another lifetime", with(func(k *sharedWorkerKey) { k.extendedLifetime = true }), "error"},
		{"another kind of context", with(func(k *sharedWorkerKey) { k.secureContext = true }), "error"},
	} {
		t.Run("SPEC 112 "+test.name, func(t *testing.T) {
			w := newWorkers(WorkerLimits{})
			var page, second workerOwner
			first, next := &workerEntry{shared: with(func(*sharedWorkerKey) {})}, &workerEntry{shared: test.key}
			if w.connectOrAdd(first, &page) != first {
				t.Fatal("the first one finds another one")
			}
			got := map[*workerEntry]string{nil: "error", first: "first", next: "new"}[w.connectOrAdd(next, &second)]
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			w.closing(first)
			third := &workerEntry{shared: with(func(*sharedWorkerKey) {})}
			if w.connectOrAdd(third, &second) != third {
				t.Error("a closing worker was found")
			}
		})
	}
}

// SPEC 113: whoever connects to a shared worker becomes an owner; the worker ends
// with the last one.
func TestSharedWorkerHasManyOwners(t *testing.T) {
	w := newWorkers(WorkerLimits{})
	var pages [5]workerOwner
	ended := 0
	var scope *workerEntry
	for i := range pages {
		entry := &workerEntry{shared: &sharedWorkerKey{url: "u"}, orphaned: func() { ended++ }}
		found := w.connectOrAdd(entry, &pages[i])
		if i == 0 {
			scope = entry
		}
		if found != scope {
			t.Fatal("page", i, "has another worker")
		}
	}
	for i := range pages {
		if ended != 0 {
			t.Error("the worker ended before page", i, "was gone")
		}
		w.removeOwner(&pages[i])
	}
	if ended != 1 || len(w.shared) != 0 {
		t.Error("told", ended, "times;", len(w.shared), "shared workers are left")
	}
}

func TestWorkerLimits(t *testing.T) {
	w := newWorkers(WorkerLimits{Number: 3, Nesting: 2})
	var page workerOwner
	entries := []*workerEntry{{orphaned: func() {}}, {orphaned: func() {}}, {orphaned: func() {}}, {orphaned: func() {}}}
	if !w.add(entries[0], &page) || !w.add(entries[1], &entries[0].workerOwner) {
		t.Fatal("two workers are too many")
	}
	if w.add(entries[2], &entries[1].workerOwner) {
		t.Error("a worker in a worker in a worker")
	}
	if !w.add(entries[2], &page) {
		t.Error("a third worker is too many")
	}
	if w.add(entries[3], &page) {
		t.Error("a fourth worker")
	}
	w.end(entries[2])
	if !w.add(entries[3], &page) {
		t.Error("no worker in the place of one that ended")
	}
}

// SPEC 111: whatever happens in which order, the workers that are known are those that somebody
// reaches from a page that is there.
func TestOwnersAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			w := newWorkers(WorkerLimits{Number: 1000, Nesting: 1000})
			pages := make([]workerOwner, 4)
			var all []*workerEntry
			owners := func() (list []*workerOwner) {
				for i := range pages {
					list = append(list, &pages[i])
				}
				for _, e := range all {
					list = append(list, &e.workerOwner)
				}
				return list
			}
			for range 60 {
				list := owners()
				owner := list[random.IntN(len(list))]
				switch n := random.IntN(10); {
				case n < 8:
					e := &workerEntry{}
					e.orphaned = func() { w.end(e) }
					found, before := e, len(w.entries)
					if n < 4 {
						e.shared = &sharedWorkerKey{url: fmt.Sprint(random.IntN(4))}
						found = w.connectOrAdd(e, owner)
					} else if !w.add(e, owner) {
						found = nil
					}
					if (found == nil) != owner.gone {
						t.Fatal("an owner that is gone:", owner.gone, "; added:", found != nil)
					}
					if found == e {
						all = append(all, e)
						before++
					}
					if len(w.entries) != before {
						t.Fatal(len(w.entries), "workers, want", before)
					}
				case n == 8:
					w.removeOwner(&pages[random.IntN(len(pages))])
				default:
					if len(all) > 0 {
						w.end(all[random.IntN(len(all))])
					}
				}
				checkReachable(t, w, pages, all)
			}
		})
	}
}

// checkReachable compares what is known with what is owned. Shared workers that own each other in a
// ring live on by the text, too: they have owners.
func checkReachable(t *testing.T, w *workers, pages []workerOwner, all []*workerEntry) {
	t.Helper()
	for _, e := range all {
		_, known := w.entries[e]
		owned := false
		for i := range pages {
			if _, ok := pages[i].owned[e]; ok {
				owned = true
			}
		}
		for _, o := range all {
			if _, ok := o.owned[e]; ok {
				owned = true
			}
		}
		if known != owned || known == e.ended {
			t.Fatal("known:", known, "owned:", owned, "ended:", e.ended)
		}
		if e.shared != nil && !known && slices.Contains(w.shared, e) {
			t.Fatal("a shared worker that ended is found")
		}
	}
}
