// Package bloburl is the blob URL store of the File API: which blob: URL stands for which bytes.
//
// # Standard
//
// https://w3c.github.io/FileAPI/#BlobURLStore as of 2026-08-21.
//
// # Concurrency
//
// All agents of a host share one [Store]; its methods may be called from any goroutine. The bytes
// of an [Entry] are immutable.
//
// # Limits
//
// A store holds at most [MaxEntries] URLs of one owner, so that a page that never revokes cannot
// fill the memory of the program.
package bloburl

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/entangle-go/entangle"
)

// MaxEntries is how many URLs one owner may have at a time.
const MaxEntries = 1 << 16

// ErrFull is the error of [Store.Add] when the owner has [MaxEntries] URLs.
var ErrFull = errors.New("bloburl: too many blob URLs that were not revoked")

// Entry is a blob URL entry: what a blob URL stands for, and whose it is.
//
// https://w3c.github.io/FileAPI/#blob-url-entry
type Entry struct {
	Data   []byte // immutable
	Type   string // media type, "" if unknown
	Origin entangle.Origin
	Key    entangle.StorageKey // only environments of the same key may fetch it
	// Removed is called, on any goroutine, when the entry is removed. nil: nothing to do.
	Removed func()
}

func (e *Entry) removed() {
	if e.Removed != nil {
		e.Removed()
	}
}

// Store is the blob URL store. Its zero value is empty and ready for use.
//
// https://w3c.github.io/FileAPI/#blob-url-store
type Store struct {
	mu      sync.Mutex // guards the fields below
	entries map[string]owned
	owners  map[any]map[string]struct{} // the URLs of each owner that has any
}

type owned struct {
	Entry
	owner any
}

// Add makes a new URL for the entry. The URL ends with its owner, the settings object of the
// creating global.
//
// https://w3c.github.io/FileAPI/#add-an-entry
func (s *Store) Add(owner any, entry Entry) (string, error) {
	url := "blob:" + entry.Origin.String() + "/" + NewUUID()
	s.mu.Lock()
	defer s.mu.Unlock()
	urls := s.owners[owner]
	if len(urls) >= MaxEntries {
		return "", ErrFull
	}
	if urls == nil {
		if s.owners == nil {
			s.entries, s.owners = map[string]owned{}, map[any]map[string]struct{}{}
		}
		urls = map[string]struct{}{}
		s.owners[owner] = urls
	}
	urls[url] = struct{}{}
	s.entries[url] = owned{entry, owner}
	return url, nil
}

// Lookup returns the entry of a serialized URL, without regard to its fragment.
//
// https://w3c.github.io/FileAPI/#blob-url-resolve
func (s *Store) Lookup(url string) (Entry, bool) {
	url, _, _ = strings.Cut(url, "#")
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[url]
	return e.Entry, ok
}

// Revoke removes a URL, if it is exactly that of an entry with the given key.
//
// https://w3c.github.io/FileAPI/#dfn-revokeObjectURL
func (s *Store) Revoke(url string, key entangle.StorageKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[url]
	if !ok || e.Key != key {
		return
	}
	delete(s.entries, url)
	e.removed()
	urls := s.owners[e.owner]
	delete(urls, url)
	if len(urls) == 0 {
		delete(s.owners, e.owner)
	}
}

// RemoveOwner removes all URLs of an owner whose global is gone.
//
// https://w3c.github.io/FileAPI/#lifeTime
func (s *Store) RemoveOwner(owner any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for url := range s.owners[owner] {
		e := s.entries[url]
		e.removed()
		delete(s.entries, url)
	}
	delete(s.owners, owner)
}

// Len returns the number of URLs.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// NewUUID returns a random UUID of version 4, as crypto.randomUUID does.
//
// https://w3c.github.io/webcrypto/#dfn-generate-a-random-uuid
func NewUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
