// Command bench measures Entangle beside Node, Deno and Bun in one interleaved run.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const help = `Bench measures Entangle beside Node, Deno and Bun, round after round, each row's workload
in all of them in turn, and prints figures, ratios and whether the targets are met; then the
same over the network, beside nats-server and a relay, which needs no npm. A run of all rows
with all peers is appended to history.ndjson. It runs in its own folder, after npm ci.

  go run .                              everything
  go run . --rounds 9                   more rounds, steadier medians
  go run . --rows 'string|object'       only rows whose name matches
  go run . --peers node,bun             only these peers; "" for none
  go run . --rows '^clone$' --peers "" --profile /tmp/profiles
                                        CPU profiles of Entangle's workloads
  go run . --only net                   the network rows, beside nats-server and a relay
  go run . --compare 407ea9b 12         is anything slower on line 12 of history.ndjson than
                                        it was on that commit?

Flags:
`

// options are the command line.
type options struct {
	rounds   int
	rows     *regexp.Regexp
	peers    []string
	each     time.Duration
	limit    time.Duration
	profiles string
	measure  string
	only     string // a part: "process" or "net"
	compare  bool
	rest     []string
	full     bool // all rows and all peers
}

func main() {
	if act(os.Args[1:]) {
		return
	}
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = o.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (*options, error) {
	var o options
	var pattern, peers string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.VisitAll(func(f *flag.Flag) {
			if f.Name != "measure" {
				fmt.Fprintf(flags.Output(), "  --%-9s %s (%q)\n", f.Name, f.Usage, f.DefValue)
			}
		})
	}
	flags.IntVar(&o.rounds, "rounds", 0, "how often everything is measured; 0: 5 times, over the network 9 times")
	flags.StringVar(&pattern, "rows", "", "a regular expression of the names of the rows")
	flags.StringVar(&peers, "peers", "node,deno,bun", "the peers, with commas")
	flags.StringVar(&o.only, "only", "", "process or net: the rows within a process, or those over the network")
	flags.DurationVar(&o.each, "each", 0, "how long one measurement takes, warming up not counted; 0: 250ms, over the network 200ms")
	flags.DurationVar(&o.limit, "limit", 0, "no round is begun that would end later; 0: 4m, over the network 90s")
	flags.StringVar(&o.profiles, "profile", "", "a folder for CPU profiles of Entangle's workloads")
	flags.BoolVar(&o.compare, "compare", false, "compare two runs in history.ndjson: A B, each a line number or the beginning of a commit")
	flags.StringVar(&o.measure, "measure", "", "a participant of whom one workload is measured in this process: WORKLOAD MILLISECONDS")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	o.rest = flags.Args()
	var err error
	if o.rows, err = regexp.Compile(pattern); err != nil {
		return nil, fmt.Errorf("--rows: %w", err)
	}
	for _, name := range strings.FieldsFunc(peers, func(r rune) bool { return r == ',' }) {
		if !slices.Contains(participants, name) || workloads[name] != nil {
			return nil, fmt.Errorf("--peers: %q is none of node, deno, bun", name)
		}
		o.peers = append(o.peers, name)
	}
	if o.rounds < 0 {
		return nil, errors.New("--rounds must not be negative")
	}
	if !slices.Contains([]string{"", "process", "net"}, o.only) {
		return nil, fmt.Errorf("--only: %q is neither process nor net", o.only)
	}
	if o.compare && len(o.rest) != 2 {
		return nil, errors.New("--compare wants two runs: line numbers of history.ndjson, or beginnings of commits")
	}
	if o.measure == "" && !o.compare && len(o.rest) > 0 {
		return nil, fmt.Errorf("unexpected %q, see --help", o.rest[0])
	}
	leftOut := func(name string) bool { return workloads[name] == nil && !slices.Contains(o.peers, name) }
	o.full = pattern == "" && (o.only == "net" || !slices.ContainsFunc(participants, leftOut))
	return &o, nil
}

func (o *options) run() error {
	if o.measure != "" {
		return o.runMeasure()
	}
	if o.compare {
		return compareRuns(os.Stdout, historyFile, o.rest[0], o.rest[1])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	process, err := o.plan()
	if err != nil {
		return err
	}
	net, err := o.planNet()
	if err != nil {
		return err
	}
	if process == nil && net == nil {
		return fmt.Errorf("--rows: no row matches %q", o.rows)
	}
	before, err := usageNow()
	if err != nil {
		return err
	}
	e := newEntry(time.Now())
	if process != nil {
		if err := process.measure(ctx, &e); err != nil {
			return err
		}
	}
	if net != nil {
		if err := net.measure(ctx, &e); err != nil {
			return err
		}
	}
	foreign, err := before.foreignSince()
	if err != nil {
		return err
	}
	e.Foreign = digits(foreign)
	fmt.Printf("\nOthers used %.0f%% of the machine meanwhile.\n", 100*foreign)
	if foreign > 0.2 {
		fmt.Println("That disturbs rates and latencies; the ratios by CPU time are steadier.")
	}
	if !o.full {
		return nil
	}
	return e.appendTo(historyFile)
}

// processPlan is the part within a process.
type processPlan struct {
	plan
	rows []row
}

// plan returns the measurements within a process, nil for none.
func (o *options) plan() (*processPlan, error) {
	p := &processPlan{plan: plan{rounds: cmp.Or(o.rounds, 5), each: cmp.Or(o.each, 250*time.Millisecond),
		limit: cmp.Or(o.limit, 4*time.Minute)}}
	for _, r := range rows {
		if o.only != "net" && o.rows.MatchString(r.name) {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.rows) == 0 {
		return nil, nil
	}
	for _, name := range participants {
		if workloads[name] != nil || slices.Contains(o.peers, name) {
			p.participants = append(p.participants, name)
		}
	}
	p.jobs = jobsOf(p.rows, p.participants)
	return p, o.prepare(&p.plan)
}

// prepare finds the programs of the participants.
func (o *options) prepare(p *plan) (err error) {
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return err
		}
	}
	p.programs, err = findPrograms(p.participants, o.profiles)
	return err
}

// measure runs the plan, prints its table and adds it to the entry.
func (p *processPlan) measure(ctx context.Context, e *entry) error {
	got, rounds, err := p.run(ctx, progressOn(os.Stderr))
	if err != nil {
		return err
	}
	var outcomes []outcome
	for _, r := range p.rows {
		outcomes = append(outcomes, r.outcomeOf(got))
	}
	printTable(os.Stdout, p.participants, outcomes)
	e.add(p.programs, rounds, outcomes)
	return nil
}

// runMeasure is the child process of one measurement.
func (o *options) runMeasure() error {
	if len(o.rest) != 2 {
		return errors.New("--measure wants WORKLOAD MILLISECONDS")
	}
	milliseconds, err := strconv.Atoi(o.rest[1])
	if err != nil {
		return err
	}
	profile := ""
	if o.profiles != "" {
		profile = filepath.Join(o.profiles, o.measure+"-"+o.rest[0]+".pprof")
	}
	return measure(os.Stdout, o.measure, o.rest[0], time.Duration(milliseconds)*time.Millisecond, profile)
}
