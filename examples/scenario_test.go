package main

import (
	"encoding/json"
	"net"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// scenario is what happens to pages, and what must come of it. The host and a browser run
// the same ones.
type scenario struct {
	Name     string `json:"name"`
	Needs    string `json:"needs"`    // the API of window that it cannot do without
	Without  string `json:"without"`  // the API of window that must not be there
	Provider string `json:"provider"` // which contacts provider serves; "": requests
	As       string `json:"as"`       // the scenario that has its steps
	Steps    []step `json:"steps"`
	Server   struct {
		Contacts int   `json:"contacts"`
		Requests int64 `json:"requests"`
		Sockets  int64 `json:"sockets"`
	} `json:"server"` // what the contacts service has seen in the end

	Base string `json:"base"` // where the pages are: of localhost
}

// step opens a window, runs script in one, or waits until an expression there has a value.
type step struct {
	Open  string `json:"open,omitempty"`
	As    string `json:"as,omitempty"`
	In    string `json:"in,omitempty"`
	Frame string `json:"frame,omitempty"` // the name of a frame of that window
	Run   string `json:"run,omitempty"`
	Until string `json:"until,omitempty"`
	Is    any    `json:"is,omitempty"`
}

// scenarios returns those for a window with the given APIs, each with a server of its own.
func scenarios(t *testing.T, apis ...string) (list []scenario, sites []*site) {
	t.Helper()
	text, err := os.ReadFile("testdata/scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Needs != "" && !slices.Contains(apis, s.Needs) || s.Without != "" && slices.Contains(apis, s.Without) {
			continue
		}
		if s.As != "" {
			i := slices.IndexFunc(all, func(other scenario) bool { return other.Name == s.As })
			s.Steps = all[i].Steps
		}
		if s.Provider == "" {
			s.Provider = "requests"
		}
		site, err := newSite(s.Provider)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(site)
		t.Cleanup(server.Close)
		port := strconv.Itoa(server.Listener.Addr().(*net.TCPAddr).Port)
		s.Base = "http://localhost:" + port
		s.Steps = slices.Clone(s.Steps)
		for i := range s.Steps {
			if text, ok := s.Steps[i].Is.(string); ok {
				s.Steps[i].Is = strings.ReplaceAll(text, "PORT", port)
			}
		}
		list, sites = append(list, s), append(sites, site)
	}
	return list, sites
}

// checkServer compares what the contacts service has seen.
func checkServer(t *testing.T, s scenario, site *site) {
	t.Helper()
	if got := len(site.contacts.list()); got != s.Server.Contacts {
		t.Errorf("the address book has %d contacts, want %d", got, s.Server.Contacts)
	}
	if got := site.contacts.requests.Load(); got != s.Server.Requests {
		t.Errorf("%d requests were made, want %d", got, s.Server.Requests)
	}
	if got := site.contacts.sockets.Load(); got != s.Server.Sockets {
		t.Errorf("%d WebSockets were opened, want %d", got, s.Server.Sockets)
	}
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a step's value was JSON
	}
	return string(text)
}
