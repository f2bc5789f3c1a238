package main

import (
	"strings"
	"testing"
)

func TestDocument(t *testing.T) {
	ledger := Ledger{
		"/a":                        {"x": {Status: statusPass}, "y|z": {Status: statusPass}},
		"/b":                        {"x": {Status: statusPass}, "y": {statusFail, "needs a <canvas>"}, "z": {statusTimeout, "needs a <canvas>"}},
		"/c.any.serviceworker.html": {pageEntry: {statusError, "no service workers"}},
	}
	chromium := Results{
		"/a":                        {"x": statusPass, "y|z": statusFail},
		"/b":                        {"x": statusPass, "y": statusPass, "z": statusFail},
		"/c.any.serviceworker.html": {"x": statusPass},
	}
	got := Document(map[string][]string{"core": {"/a", "/b", "/c.any.serviceworker.html"}}, ledger, chromium)
	for _, line := range []string{
		"| core: web messaging, safe passing of structured data, structuredClone() | 3 | 1 | 1 | 5 | 3 | 6 | 4 |",
		"| core, without service workers | 2 | 1 | 0 | 5 | 3 | 5 | 3 |",
		"| needs a &lt;canvas> | 1 | 2 | 1 |",
		"| no service workers | 1 | 0 | 0 |",
		"| /a | y\\|z | FAIL |",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestPageEntries(t *testing.T) {
	got := Page{Status: statusError, Subtests: []Subtest{{Name: "a", Status: statusPass}, {Name: "b", Status: statusFail},
		{Name: "b", Status: statusPass}, {Name: "a", Status: statusTimeout}}}.entries()
	if len(got) != 3 || got[pageEntry] != statusError || got["a"] != statusTimeout || got["b"] != statusFail {
		t.Errorf("of two subtests of one name the worse counts: %v", got)
	}
}
