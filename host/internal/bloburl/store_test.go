package bloburl

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
)

func entryOf(t *testing.T, origin, text string) Entry {
	t.Helper()
	o, err := entangle.ParseOrigin(origin)
	if err != nil {
		t.Fatal(err)
	}
	return Entry{Data: []byte(text), Type: "text/plain", Origin: o, Key: entangle.StorageKey{Origin: o}}
}

func TestURLStandsForItsEntry(t *testing.T) {
	var s Store
	e := entryOf(t, "https://a.example:8443", "hello")
	url, err := s.Add("window", e)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^blob:https://a\.example:8443/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if !form.MatchString(url) {
		t.Errorf("the URL %q is not of the form of the standard", url)
	}
	for _, same := range []string{url, url + "#fragment"} {
		got, ok := s.Lookup(same)
		if !ok || string(got.Data) != "hello" || got.Origin != e.Origin {
			t.Errorf("Lookup(%q) = %+v, %v", same, got, ok)
		}
	}
	if _, ok := s.Lookup(url + "?query"); ok {
		t.Error("a URL with a query stands for the entry")
	}
}

func TestRevoke(t *testing.T) {
	var s Store
	e, other := entryOf(t, "https://a.example", "x"), entryOf(t, "https://b.example", "y")
	url, err := s.Add("window", e)
	if err != nil {
		t.Fatal(err)
	}
	s.Revoke(url+"#fragment", e.Key)
	s.Revoke(url, other.Key)
	if _, ok := s.Lookup(url); !ok {
		t.Fatal("another URL or another storage key revoked the URL")
	}
	s.Revoke(url, e.Key)
	s.Revoke(url, e.Key)
	if _, ok := s.Lookup(url); ok || s.Len() != 0 || len(s.owners) != 0 {
		t.Errorf("after Revoke: found %v, %d URLs, %d owners", ok, s.Len(), len(s.owners))
	}
}

func TestURLsDieWithTheirOwner(t *testing.T) {
	var s Store
	e := entryOf(t, "https://a.example", "x")
	var urls []string
	for i := range 10 {
		url, err := s.Add(i%2, e)
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, url)
	}
	s.RemoveOwner(0)
	for i, url := range urls {
		if _, ok := s.Lookup(url); ok != (i%2 == 1) {
			t.Errorf("URL %d of owner %d: found %v", i, i%2, ok)
		}
	}
}

func TestOneOwnerCannotFillTheStore(t *testing.T) {
	var s Store
	e := entryOf(t, "https://a.example", "x")
	for range MaxEntries {
		if _, err := s.Add("greedy", e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Add("greedy", e); !errors.Is(err, ErrFull) {
		t.Errorf("one URL too many: %v", err)
	}
	if _, err := s.Add("other", e); err != nil {
		t.Errorf("another owner: %v", err)
	}
}

func TestOpaqueOrigin(t *testing.T) {
	var s Store
	o := entangle.NewOpaqueOrigin()
	url, err := s.Add("window", Entry{Origin: o, Key: entangle.StorageKey{Origin: o}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, "blob:null/") {
		t.Errorf("the URL of an opaque origin is %q", url)
	}
	if e, _ := s.Lookup(url); e.Origin != o {
		t.Error("the entry lost its opaque origin")
	}
}

func TestManyAgentsAtOnce(t *testing.T) {
	var s Store
	e := entryOf(t, "https://a.example", "x")
	var wg sync.WaitGroup
	for agent := range 8 {
		wg.Go(func() {
			for i := range 200 {
				url, err := s.Add(agent, Entry{Data: []byte(strconv.Itoa(i)), Origin: e.Origin, Key: e.Key})
				if err != nil {
					t.Error(err)
					return
				}
				if got, ok := s.Lookup(url); !ok || string(got.Data) != strconv.Itoa(i) {
					t.Errorf("URL %d of agent %d: %q, %v", i, agent, got.Data, ok)
				}
				if i%2 == 0 {
					s.Revoke(url, e.Key)
				}
			}
			s.RemoveOwner(agent)
		})
	}
	wg.Wait()
	if s.Len() != 0 {
		t.Errorf("%d URLs are left", s.Len())
	}
}
