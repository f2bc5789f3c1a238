package host

import (
	"slices"
	"sync"

	"github.com/entangle-go/entangle"
)

// storageArea is what localStorage or sessionStorage of an origin holds. All methods may be called
// concurrently: agents share it.
//
// https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface
type storageArea struct {
	mu     sync.Mutex // guards the fields below
	keys   []string   // in the order of insertion
	values map[string]string
	size   int
}

// storageQuota is how many bytes an area may hold.
const storageQuota = 5 << 20

func (a *storageArea) get(key string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := a.values[key]
	return v, ok
}

// set stores a value; false if there is no room.
func (a *storageArea) set(key, value string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	old, ok := a.values[key]
	grown := len(value) - len(old)
	if !ok {
		grown += len(key)
	}
	if a.size+grown > storageQuota {
		return false
	}
	if !ok {
		a.keys = append(a.keys, key)
	}
	if a.values == nil {
		a.values = map[string]string{}
	}
	a.values[key] = value
	a.size += grown
	return true
}

func (a *storageArea) remove(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if v, ok := a.values[key]; ok {
		a.size -= len(key) + len(v)
		delete(a.values, key)
		a.keys = slices.DeleteFunc(a.keys, func(k string) bool { return k == key })
	}
}

// clear empties the area, and reports whether there was something.
func (a *storageArea) clear() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	had := len(a.keys) > 0
	a.keys, a.values, a.size = nil, nil, 0
	return had
}

func (a *storageArea) list() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.keys)
}

// storages are the areas of a host, or of a page.
type storages struct {
	mu    sync.Mutex // guards areas
	areas map[entangle.StorageKey]*storageArea
}

func (s *storages) area(key entangle.StorageKey) *storageArea {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.areas[key]
	if a == nil {
		if s.areas == nil {
			s.areas = map[entangle.StorageKey]*storageArea{}
		}
		a = &storageArea{}
		s.areas[key] = a
	}
	return a
}
