package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// plan lists the measurements of one run.
type plan struct {
	jobs         []job
	participants []string
	programs     map[string]program
	rounds       int
	each         time.Duration // how long one measurement takes, warming up not counted
	limit        time.Duration // no round is begun that would end later
}

// measurements are the results of all rounds: participant, workload, round.
type measurements map[string]map[string][]result

// add adds a job's result, or its parts under their names.
func (m measurements) add(j job, r result) {
	of := m[j.participant]
	for name, part := range r.Parts {
		of[name] = append(of[name], part)
	}
	if r.Parts == nil {
		of[j.workload] = append(of[j.workload], r)
	}
}

// job is one measurement. Rows may share it.
type job struct{ participant, workload string }

// jobsOf returns the measurements of a round. All participants of a row come one after the other,
// so that a neighbour on the machine disturbs all of them.
func jobsOf(rows []row, participants []string) []job {
	var jobs []job
	for _, r := range rows {
		for _, name := range participants {
			j := job{name, r.workload(name)}
			if j.workload != "" && !slices.Contains(jobs, j) {
				jobs = append(jobs, j)
			}
		}
	}
	return jobs
}

// run measures round after round, each participant's workloads in turn. It returns how many
// rounds there were.
func (p *plan) run(ctx context.Context, progress progress) (got measurements, rounds int, err error) {
	got = measurements{}
	for _, name := range p.participants {
		got[name] = map[string][]result{}
	}
	start := time.Now()
	for ; rounds < p.rounds; rounds++ {
		if spent := time.Since(start); rounds > 0 && spent+spent/time.Duration(rounds) > p.limit {
			progress.line("stopped after %d rounds: another one would end after the limit of %v", rounds, p.limit)
			break
		}
		for i, j := range p.jobs {
			progress.note("round %d/%d, %d/%d: %s %s", rounds+1, p.rounds, i+1, len(p.jobs), j.participant, j.workload)
			program := p.programs[j.participant]
			r, err := program.run(ctx, j.workload, p.each)
			if err != nil {
				return nil, rounds, err
			}
			got.add(j, r)
		}
		progress.line("round %d of %d done after %.0f s", rounds+1, p.rounds, time.Since(start).Seconds())
	}
	return got, rounds, nil
}

// progress tells how far the run is.
type progress struct {
	w        io.Writer
	terminal bool // notes overwrite each other; elsewhere they are left out
}

func progressOn(file *os.File) progress {
	info, err := file.Stat()
	return progress{file, err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (p progress) note(format string, args ...any) {
	if p.terminal {
		fmt.Fprintf(p.w, "\r\033[K"+format, args...)
	}
}

func (p progress) line(format string, args ...any) {
	p.note("")
	fmt.Fprintf(p.w, format+"\n", args...)
}
