package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
)

// The statuses of a subtest, and of a page as a whole.
const (
	statusPass               = "PASS"
	statusFail               = "FAIL"
	statusTimeout            = "TIMEOUT"
	statusNotRun             = "NOTRUN"
	statusPreconditionFailed = "PRECONDITION_FAILED"
	statusError              = "ERROR" // of a page only
	statusCrash              = "CRASH" // of a page only
)

// pageEntry is the name of the entry with the page's own status, if that was not OK.
const pageEntry = "(page)"

// Results are URL path, subtest, status.
type Results map[string]map[string]string

// Total sums up Results.
type Total struct {
	URLs, PassedURLs         int // a URL has passed when it has subtests and nothing in it is not PASS
	Subtests, PassedSubtests int
}

// Total counts the URLs that count says yes to.
func (r Results) Total(count func(url string) bool) Total {
	var total Total
	for url, entries := range r {
		if !count(url) {
			continue
		}
		total.URLs++
		passed := len(entries) > 0
		for subtest, status := range entries {
			if status != statusPass {
				passed = false
			}
			if subtest == pageEntry {
				continue
			}
			total.Subtests++
			if status == statusPass {
				total.PassedSubtests++
			}
		}
		if passed {
			total.PassedURLs++
		}
	}
	return total
}

// all says yes to every URL.
func all(string) bool { return true }

// readResults reads a file that writeJSON wrote.
func readResults(name string) (Results, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var results Results
	return results, json.Unmarshal(text, &results)
}

// writeJSON writes v as JSON with its keys sorted, one entry per line.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(v)
}

// writeJSONFile writes the file in one piece, so that an interrupted run leaves the old one.
func writeJSONFile(name string, v any) error {
	var text bytes.Buffer
	if err := writeJSON(&text, v); err != nil {
		return err
	}
	return replaceFile(name, text.Bytes())
}

func replaceFile(name string, text []byte) error {
	if err := os.WriteFile(name+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// needsServiceWorker reports whether a test is about service workers, which the host does not have.
// They run like all others, but there are totals without them, too.
func needsServiceWorker(url string) bool {
	return strings.Contains(url, "serviceworker") || strings.Contains(url, "service-worker")
}
