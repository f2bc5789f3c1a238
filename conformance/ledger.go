package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Ledger is URL path, subtest, expectation.
type Ledger map[string]map[string]Expectation

// Expectation is the status that a subtest is expected to have, and why when that is not PASS. In
// JSON it is "PASS", or the status, a colon, and the reason. FLAKY in the place of a status expects
// nothing, and counts as not passed.
type Expectation struct {
	Status string
	Reason string
}

// todo is the reason of a result that nobody has looked at yet. The ledger's test refuses it.
const todo = "TODO"

// shortestReason is how many letters a reason needs to say anything.
const shortestReason = 12

func (e Expectation) String() string {
	if e.Status == statusPass {
		return statusPass
	}
	return e.Status + ": " + e.Reason
}

// MarshalText makes encoding/json write the form that String tells.
func (e Expectation) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (e *Expectation) UnmarshalText(text []byte) error {
	e.Status, e.Reason, _ = strings.Cut(string(text), ": ")
	if e.Status != statusFlaky && !slices.Contains(statuses, e.Status) {
		return fmt.Errorf("conformance: %q is no status", e.Status)
	}
	return nil
}

// statusFlaky is the expectation of a subtest that has one result in one run and
// another in the next.
const statusFlaky = "FLAKY"

// statuses from worst to best, with its rank at the same index: a status is worse than another when
// its rank is lower. A test that timed out in one run may be reported as not run in the next, so
// these are equal.
var statuses = []string{statusCrash, statusError, statusTimeout, statusNotRun, statusFail, statusPreconditionFailed, statusPass}
var ranks = []int{0, 0, 0, 0, 1, 1, 2}

// readLedger reads and parses the ledger, without checking it.
func readLedger(name string) (Ledger, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var ledger Ledger
	if err := json.Unmarshal(text, &ledger); err != nil {
		return nil, fmt.Errorf("conformance: %s: %w", name, err)
	}
	return ledger, nil
}

// Results are the expected statuses alone.
func (l Ledger) Results() Results {
	results := Results{}
	for url, entries := range l {
		results[url] = map[string]string{}
		for subtest, expectation := range entries {
			results[url][subtest] = expectation.Status
		}
	}
	return results
}

// Update is the ledger that expects the given results. A subtest that still does not pass keeps its
// reason, and a flaky one stays that.
func (l Ledger) Update(results Results) Ledger {
	updated := maps.Clone(l)
	if updated == nil {
		updated = Ledger{}
	}
	for url, entries := range results {
		updated[url] = map[string]Expectation{}
		for subtest, status := range entries {
			expectation := Expectation{Status: status}
			if l[url][subtest].Status == statusFlaky {
				expectation = l[url][subtest]
			} else if status != statusPass {
				expectation.Reason = todo
				if old := l[url][subtest].Reason; old != "" {
					expectation.Reason = old
				}
			}
			updated[url][subtest] = expectation
		}
		for subtest, expectation := range l[url] {
			if expectation.Status == statusFlaky {
				updated[url][subtest] = expectation
			}
		}
	}
	return updated
}

// Check returns errors in the form of a ledger, whose file has the given text and which must have
// exactly the given URLs.
func (l Ledger) Check(text []byte, urls []string) []string {
	var wrong []string
	var canonical bytes.Buffer
	if err := writeJSON(&canonical, l); err != nil {
		return []string{err.Error()}
	}
	// A name that is there twice disappears in the parsed form, and one out of order moves.
	if !bytes.Equal(canonical.Bytes(), text) {
		wrong = append(wrong, "the text is not as --update writes it: unsorted, formatted otherwise, or with a name that is there twice")
	}
	for _, url := range urls {
		if _, ok := l[url]; !ok {
			wrong = append(wrong, url+" is in a list but not in the ledger")
		}
	}
	for _, url := range slices.Sorted(maps.Keys(l)) {
		if !slices.Contains(urls, url) {
			wrong = append(wrong, url+" is in the ledger but in no list")
		}
		for _, subtest := range slices.Sorted(maps.Keys(l[url])) {
			if problem := l[url][subtest].check(); problem != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s: %s", url, subtest, problem))
			}
		}
	}
	return wrong
}

func (e Expectation) check() string {
	switch {
	case e.Status == statusPass && e.Reason != "":
		return "a pass needs no reason"
	case e.Status == statusPass:
		return ""
	case strings.HasPrefix(e.Reason, todo):
		return "nobody has said why it is not PASS"
	case len(e.Reason) < shortestReason:
		return fmt.Sprintf("%q is no reason", e.Reason)
	}
	return ""
}
