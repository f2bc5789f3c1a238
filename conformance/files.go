package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
)

// files are the repository's files: the lists, the ledger, and Chromium's results of
// the same tests.
type files struct {
	urlsOf   map[string][]string // by the list's name
	ledger   Ledger
	chromium Results
}

const (
	ledgerFile   = "ledger.json"
	chromiumFile = "chromium-156.json"
)

// readFiles reads them. A ledger that does not exist yet is empty.
func readFiles(folder string) (files, error) {
	var f files
	var err error
	if f.urlsOf, err = readLists(filepath.Join(folder, "lists")); err != nil {
		return f, err
	}
	if f.ledger, err = readLedger(filepath.Join(folder, ledgerFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	f.chromium, err = readResults(filepath.Join(folder, chromiumFile))
	return f, err
}

// urls are those of all lists, sorted, each once.
func (f files) urls() []string {
	var urls []string
	for _, list := range f.urlsOf {
		urls = append(urls, list...)
	}
	slices.Sort(urls)
	return slices.Compact(urls)
}

// update writes the ledger and the document from the results.
func (f files) update(o options, results Results) error {
	f.ledger = f.ledger.Update(results)
	listed := f.urls()
	maps.DeleteFunc(f.ledger, func(url string, _ map[string]Expectation) bool { return !slices.Contains(listed, url) })
	if err := writeJSONFile(filepath.Join(o.folder, ledgerFile), f.ledger); err != nil {
		return err
	}
	if err := replaceFile(o.docs, []byte(Document(f.urlsOf, f.ledger, f.chromium))); err != nil {
		return err
	}
	unexplained := 0
	for _, entries := range f.ledger {
		for _, expectation := range entries {
			if expectation.Reason == todo {
				unexplained++
			}
		}
	}
	if unexplained > 0 {
		return fmt.Errorf("conformance: %d results in %s need a reason", unexplained, ledgerFile)
	}
	return nil
}
