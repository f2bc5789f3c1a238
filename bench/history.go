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

// historyFile is where the runs are kept, one a line.
const historyFile = "history.ndjson"

// entry is a line of history.ndjson: one run of all rows.
type entry struct {
	Date     string              `json:"date"`
	Commit   string              `json:"commit"` // followed by + if the tree differed from it
	Machine  machine             `json:"machine"`
	Foreign  float64             `json:"foreign"` // the part of the machine that others used meanwhile
	Versions map[string]string   `json:"versions"`
	Rounds   int                 `json:"rounds,omitempty"`    // that were finished
	Network  int                 `json:"netRounds,omitempty"` // the same over the network
	Rows     map[string]rowEntry `json:"rows"`
}

// rowEntry is a row of it: medians, and the ratio to the peer of the target.
type rowEntry struct {
	Unit   string             `json:"unit"`
	Values map[string]float64 `json:"values"`
	CPU    map[string]float64 `json:"cpu,omitempty"`
	Server map[string]float64 `json:"server,omitempty"` // the server's part of CPU
	Ratio  float64            `json:"ratio,omitempty"`
	ByCPU  float64            `json:"byCPU,omitempty"` // the ratio by CPU time
	Target string             `json:"target"`
	Beside map[string]beside  `json:"beside,omitempty"` // by peer
}

// beside is how many times as good as a peer Entangle was: median, least and most of the rounds.
type beside struct {
	Ratio    []float64 `json:"ratio,omitempty"`
	ByCPU    []float64 `json:"byCPU,omitempty"`
	ByServer []float64 `json:"byServer,omitempty"` // by CPU time of the server
}

// threeOf returns the three figures of a spread, nil for none.
func threeOf(s spread) []float64 {
	if s.median == 0 {
		return nil
	}
	return []float64{digits(s.median), digits(s.least), digits(s.most)}
}

func newEntry(now time.Time) entry {
	return entry{
		Date: now.UTC().Format(time.RFC3339), Commit: commit(), Machine: thisMachine(),
		Versions: map[string]string{"go": runtime.Version()}, Rows: map[string]rowEntry{},
	}
}

// add adds the rows within a process.
func (e *entry) add(programs map[string]program, rounds int, outcomes []outcome) {
	e.Rounds = rounds
	for name, program := range programs {
		if program.version != "" {
			e.Versions[name] = program.version
		}
	}
	for _, o := range outcomes {
		r := rowEntry{
			Unit: o.row.metric.unit, Values: allDigits(o.values), CPU: allDigits(o.cpu),
			Ratio: digits(o.ratio.median), ByCPU: digits(o.byCPU.median), Target: o.verdict,
		}
		if o.ratio.median != 0 {
			r.Beside = map[string]beside{o.row.target.peer: {Ratio: threeOf(o.ratio), ByCPU: threeOf(o.byCPU)}}
		}
		e.Rows[o.row.name] = r
	}
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

// commit returns the measured commit, "unknown" without git.
func commit() string {
	id, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(id))
	changed, err := exec.Command("git", "status", "--porcelain", "--", ":/*.go", ":/go.mod", ":/bench", ":!/bench/"+historyFile).Output()
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
