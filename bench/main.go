// Command bench measures Entangle beside Node, Deno and Bun in one interleaved run.
package main

import (
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
in all of them in turn, and prints figures, ratios and whether the targets are met. A run of
all rows with all peers is appended to history.ndjson. It runs in its own folder, after npm ci.

  go run .                              everything
  go run . --rounds 9                   more rounds, steadier medians
  go run . --rows 'string|object'       only rows whose name matches
  go run . --peers node,bun             only these peers; "" for none
  go run . --rows '^clone$' --peers "" --profile /tmp/profiles
                                        CPU profiles of Entangle's workloads

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
	rest     []string
	full     bool // all rows and all peers
}

func main() {
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
	flags.IntVar(&o.rounds, "rounds", 5, "how often everything is measured")
	flags.StringVar(&pattern, "rows", "", "a regular expression of the names of the rows")
	flags.StringVar(&peers, "peers", "node,deno,bun", "the peers, with commas")
	flags.DurationVar(&o.each, "each", 250*time.Millisecond, "how long one measurement takes, warming up not counted")
	flags.DurationVar(&o.limit, "limit", 4*time.Minute, "no round is begun that would end later")
	flags.StringVar(&o.profiles, "profile", "", "a folder for CPU profiles of Entangle's workloads")
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
	if o.rounds < 1 {
		return nil, errors.New("--rounds must be at least 1")
	}
	if o.measure == "" && len(o.rest) > 0 {
		return nil, fmt.Errorf("unexpected %q, see --help", o.rest[0])
	}
	o.full = pattern == "" && len(o.peers) == len(participants)-len(workloads)
	return &o, nil
}

func (o *options) run() error {
	if o.measure != "" {
		return o.runMeasure()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p, err := o.plan()
	if err != nil {
		return err
	}
	before, err := usageNow()
	if err != nil {
		return err
	}
	got, rounds, err := p.run(ctx, progressOn(os.Stderr))
	if err != nil {
		return err
	}
	foreign, err := before.foreignSince()
	if err != nil {
		return err
	}
	var outcomes []outcome
	for _, r := range p.rows {
		outcomes = append(outcomes, r.outcomeOf(got))
	}
	printTable(os.Stdout, p.participants, outcomes)
	fmt.Printf("\nOthers used %.0f%% of the machine meanwhile.\n", 100*foreign)
	if foreign > 0.2 {
		fmt.Println("That disturbs rates and latencies; the ratios by CPU time are steadier.")
	}
	if !o.full {
		return nil
	}
	return newEntry(time.Now(), p, rounds, outcomes, foreign).appendTo("history.ndjson")
}

func (o *options) plan() (*plan, error) {
	p := &plan{rounds: o.rounds, each: o.each, limit: o.limit}
	for _, r := range rows {
		if o.rows.MatchString(r.name) {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.rows) == 0 {
		return nil, fmt.Errorf("--rows: no row matches %q", o.rows)
	}
	for _, name := range participants {
		if workloads[name] != nil || slices.Contains(o.peers, name) {
			p.participants = append(p.participants, name)
		}
	}
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return nil, err
		}
	}
	var err error
	p.programs, err = findPrograms(p.participants, o.profiles)
	return p, err
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
