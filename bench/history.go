package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// entry is a line of history.ndjson: one run of all rows.
type entry struct {
	Date     string              `json:"date"`
	Commit   string              `json:"commit"` // followed by + if the tree differed from it
	Machine  machine             `json:"machine"`
	Foreign  float64             `json:"foreign"` // the part of the machine that others used meanwhile
	Versions map[string]string   `json:"versions"`
	Rounds   int                 `json:"rounds"` // that were finished
	Rows     map[string]rowEntry `json:"rows"`
}

// rowEntry is a row of it: medians, and the ratio to the peer of the target.
type rowEntry struct {
	Unit   string             `json:"unit"`
	Values map[string]float64 `json:"values"`
	CPU    map[string]float64 `json:"cpu,omitempty"`
	Ratio  float64            `json:"ratio,omitempty"`
	ByCPU  float64            `json:"byCPU,omitempty"` // the ratio by CPU time
	Target string             `json:"target"`
}

func newEntry(now time.Time, p *plan, rounds int, outcomes []outcome, foreign float64) entry {
	e := entry{
		Date: now.UTC().Format(time.RFC3339), Commit: commit(), Machine: thisMachine(), Foreign: digits(foreign),
		Versions: map[string]string{"go": runtime.Version()}, Rounds: rounds, Rows: map[string]rowEntry{},
	}
	for name, program := range p.programs {
		if program.version != "" {
			e.Versions[name] = program.version
		}
	}
	for _, o := range outcomes {
		e.Rows[o.row.name] = rowEntry{o.row.metric.unit, allDigits(o.values), allDigits(o.cpu), digits(o.ratio.median), digits(o.byCPU.median),
			o.verdict}
	}
	return e
}

// digits keeps four digits that matter.
func digits(f float64) float64 {
	if f == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(f))))
	return math.Round(f*scale) / scale
}

func allDigits(values map[string]float64) map[string]float64 {
	short := map[string]float64{}
	for name, v := range values {
		short[name] = digits(v)
	}
	return short
}

// commit returns what is measured, "unknown" without git.
func commit() string {
	id, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(id))
	changed, err := exec.Command("git", "status", "--porcelain", "--", ":/*.go", ":/go.mod", ":/bench").Output()
	if err != nil || len(changed) > 0 {
		name += "+"
	}
	return name
}

// appendTo adds the entry to a file.
func (e entry) appendTo(path string) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
