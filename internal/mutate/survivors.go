package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// mark stands before the operator that is changed.
const mark = "»"

// id identifies a mutant, also when lines are added above it. Mutants of equal lines of a
// file are the same.
type id struct{ file, kind, code string }

func (i id) String() string { return i.file + " " + i.kind + ": " + i.code }

// mutant is a changed operator and the result of its tests.
type mutant struct {
	id
	line, column int
	status       status
}

// status is the fate of a mutant, in gremlins' words.
type status string

const (
	killed     status = "KILLED"
	timedOut   status = "TIMED OUT"
	notCovered status = "NOT COVERED"
	notViable  status = "NOT VIABLE"
)

// parseReasons reads the list: a mutant as the command prints it, and below it, indented, why it
// may live.
//
//	eventloop/queue.go CONDITIONALS_BOUNDARY: if number »< limit {
//		no two tasks have the same number
func parseReasons(text string) (map[id]string, error) {
	reasons := map[id]string{}
	var last id
	n := 0
	for line := range strings.Lines(text) {
		n++
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(line, "#"):
		case line[0] == '\t' || line[0] == ' ':
			if last == (id{}) {
				return nil, fmt.Errorf("line %d: a reason without a mutant above it", n)
			}
			reasons[last] = strings.TrimSpace(reasons[last] + " " + trimmed)
		default:
			place, code, ok := strings.Cut(trimmed, ": ")
			file, kind, ok2 := strings.Cut(place, " ")
			if !ok || !ok2 || !strings.Contains(code, mark) {
				return nil, fmt.Errorf("line %d: want FILE KIND: CODE with %s before the operator", n, mark)
			}
			last = id{file, kind, code}
			if _, ok := reasons[last]; ok {
				return nil, fmt.Errorf("line %d: %s stands there twice", n, last)
			}
			reasons[last] = ""
		}
	}
	for i, reason := range reasons {
		if reason == "" {
			return nil, fmt.Errorf("%s: there is no reason below it", i)
		}
	}
	return reasons, nil
}

// judge prints the mutants of a folder that lived, and how many were killed. It fails if one lived
// without a reason, or if there is a reason for one that did not live.
func judge(w io.Writer, dir string, mutants []mutant, reasons map[id]string) error {
	slices.SortFunc(mutants, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), cmp.Compare(a.kind, b.kind))
	})
	dead, unviable := 0, 0
	var alive, unexplained []mutant
	lives := map[id]bool{}
	for _, m := range mutants {
		switch m.status {
		case killed, timedOut:
			dead++
		case notViable:
			unviable++
		default:
			alive = append(alive, m)
			lives[m.id] = true
			if reasons[m.id] == "" {
				unexplained = append(unexplained, m)
			}
		}
	}
	for _, m := range unexplained {
		note := ""
		if m.status == notCovered {
			note = "   (no test comes here)"
		}
		fmt.Fprintf(w, "%s:%d:%d %s: %s%s\n", m.file, m.line, m.column, m.kind, m.code, note)
	}
	var stale []string
	for i := range reasons {
		if folder, ok := strings.CutSuffix(i.file, "/"+baseOf(i.file)); (ok && folder == dir || !ok && dir == ".") && !lives[i] {
			stale = append(stale, i.String())
		}
	}
	slices.Sort(stale)
	for _, s := range stale {
		fmt.Fprintf(w, "has a reason and does not live: %s\n", s)
	}
	share := 0.0
	if all := dead + len(alive); all > 0 {
		share = 100 * float64(dead) / float64(all)
	}
	fmt.Fprintf(w, "%s: %d mutants, %d killed (%.1f %%), %d lived, %d of these with a reason; %d more did not compile\n",
		dir, dead+len(alive), dead, share, len(alive), len(alive)-len(unexplained), unviable)
	if len(unexplained) > 0 || len(stale) > 0 {
		return fmt.Errorf("write tests that fail for these, or say in %s why none can", reasonsFile)
	}
	return nil
}

func baseOf(file string) string { return file[strings.LastIndexByte(file, '/')+1:] }
