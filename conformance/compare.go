package main

import (
	"fmt"
	"maps"
	"slices"
)

// Difference is a result that differs from the ledger.
type Difference struct {
	URL, Subtest  string
	Expected, Got string // "" when there is none
	Better        bool   // better than expected; else worse
}

func (d Difference) String() string {
	word := "worse"
	if d.Better {
		word = "better"
	}
	none := func(status string) string {
		if status == "" {
			return "nothing"
		}
		return status
	}
	return fmt.Sprintf("%s: %s: %s: expected %s, got %s", word, d.URL, d.Subtest, none(d.Expected), none(d.Got))
}

// Compare tells where the results of the URLs that were run differ from the ledger, sorted by URL
// and subtest. Statuses of the same rank are the same result.
func (l Ledger) Compare(results Results) []Difference {
	var differences []Difference
	for _, url := range slices.Sorted(maps.Keys(results)) {
		subtests := map[string]bool{}
		for subtest := range results[url] {
			subtests[subtest] = true
		}
		for subtest := range l[url] {
			subtests[subtest] = true
		}
		for _, subtest := range slices.Sorted(maps.Keys(subtests)) {
			expected, got := l[url][subtest].Status, results[url][subtest]
			if expected == statusFlaky {
				continue
			}
			if d := rank(subtest, got) - rank(subtest, expected); d != 0 {
				differences = append(differences, Difference{url, subtest, expected, got, d > 0})
			}
		}
	}
	return differences
}

// rank orders statuses; no entry at all is worst for a subtest, and best for the page, whose entry
// is there only when it was not OK.
func rank(subtest, status string) int {
	i := slices.Index(statuses, status)
	switch {
	case i >= 0 && subtest == pageEntry:
		return 0
	case i >= 0:
		return ranks[i]
	case subtest == pageEntry:
		return 1
	}
	return -1
}
