// Command sim simulates the network protocol: endpoints, sessions and a directory over queues that
// are served in any order, in virtual time, from a seed. See its help.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

const usage = `Simulates the network protocol in seeded schedules, and checks each of them.

Usage: go run ./sim [flags]

  -config NAME    the configuration to run; all of them if it is not given
  -seeds N        how many schedules of each (1000)
  -from SEED      the first of them (0)
  -seed SEED      run this one schedule only
  -show           tell everything that is said in it
  -mutation NAME  switch a rule of the protocol off, or "all" one by one: that has to be noticed
                  within N schedules (5000)
  -explore NAME   explore a small script whole, or "all" one by one: every order in which things can
                  happen, and from each state the way to a good end
  -faults         with -explore: and one fault at any moment: a socket is cut, the hub is killed, a
                  packet is lost or comes twice, a client dies
  -states N       with -explore: stop after so many states (2000000)
  -vectors DIR    write the logs of all endpoints of N schedules (10) into DIR, for endpoints in other
                  languages to replay
  -workers N      how many schedules run at the same time (one for each processor)

Examples:

  go run ./sim -seeds 100000                   # everything, for an hour or two
  go run ./sim -config connects -seeds 2000
  go run ./sim -config connects -seed 133      # what one seed does; if it fails, the actions that it takes
  go run ./sim -config connects -seed 133 -show
  go run ./sim -mutation all
  go run ./sim -explore S1 -faults

The exit status is 1 if a rule was broken, or a mutation was not noticed, and 2 for flags that are none.
`

type options struct {
	config   string
	seeds    uint64
	from     uint64
	seed     uint64
	one      bool // seed was given
	show     bool
	mutation string
	vectors  string
	explore  string
	faults   bool
	states   int
	workers  int
}

// errFound is returned when everything has been said, and the exit status is to be 1.
var errFound = errors.New("a rule was broken")

// moreGarbage lets the heap grow before it is collected: schedules allocate much and keep little.
const moreGarbage = 400

func main() {
	debug.SetGCPercent(moreGarbage)
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(help())
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := run(o, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(os.Stderr, "sim:", err)
		}
		os.Exit(1)
	}
}

func help() string {
	b := new(strings.Builder)
	b.WriteString(usage)
	b.WriteString("\nConfigurations:\n\n")
	for _, c := range sim.Configs() {
		fmt.Fprintf(b, "  %-14s  %s\n", c.Name, c.About)
	}
	b.WriteString("\nScripts:\n\n")
	for _, s := range sim.Scripts() {
		fmt.Fprintf(b, "  %-14s  %s\n", s.Name, s.About)
	}
	b.WriteString("\nMutations:\n\n")
	for _, m := range sim.Mutations() {
		fmt.Fprintf(b, "  %-14s  %s\n", m.Name, m.About)
	}
	return b.String()
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("sim", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.config, "config", "", "")
	f.Uint64Var(&o.seeds, "seeds", 0, "")
	f.Uint64Var(&o.from, "from", 0, "")
	f.Uint64Var(&o.seed, "seed", 0, "")
	f.BoolVar(&o.show, "show", false, "")
	f.StringVar(&o.mutation, "mutation", "", "")
	f.StringVar(&o.vectors, "vectors", "", "")
	f.StringVar(&o.explore, "explore", "", "")
	f.BoolVar(&o.faults, "faults", false, "")
	f.IntVar(&o.states, "states", 2_000_000, "")
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "")
	if err := f.Parse(args); err != nil {
		return o, fmt.Errorf("%w (go run ./sim -help tells which flags there are)", err)
	}
	f.Visit(func(f *flag.Flag) { o.one = o.one || f.Name == "seed" })
	_, known := sim.Find(o.config)
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag (go run ./sim -help tells which there are)", f.Arg(0))
	case o.config != "" && !known:
		have := names(sim.Configs(), func(c sim.Config) string { return c.Name })
		return o, fmt.Errorf("there is no configuration %q: %s", o.config, have)
	case o.mutation != "" && o.mutation != "all" && len(mutations(o.mutation)) == 0:
		have := names(sim.Mutations(), func(m sim.Mutation) string { return m.Name })
		return o, fmt.Errorf("there is no mutation %q: %s", o.mutation, have)
	case o.explore != "" && len(scripts(o.explore)) == 0:
		have := names(sim.Scripts(), func(s sim.Script) string { return s.Name })
		return o, fmt.Errorf("there is no script %q: %s", o.explore, have)
	case o.faults && o.explore == "":
		return o, errors.New("-faults needs an -explore")
	case o.states < 1:
		return o, errors.New("-states must be 1 or more")
	case o.one && o.config == "":
		return o, errors.New("-seed needs a -config")
	case o.show && !o.one:
		return o, errors.New("-show needs a -seed")
	case o.workers < 1:
		return o, errors.New("-workers must be 1 or more")
	}
	if o.seeds == 0 {
		o.seeds = map[bool]uint64{true: 5000, false: 1000}[o.mutation != ""]
		if o.vectors != "" {
			o.seeds = 10
		}
	}
	return o, nil
}

func names[T any](list []T, name func(T) string) string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = name(x)
	}
	return "there are " + strings.Join(all, ", ")
}

// configs are those that are asked for.
func (o *options) configs() []sim.Config {
	if c, ok := sim.Find(o.config); ok {
		return []sim.Config{c}
	}
	return sim.Configs()
}

func mutations(name string) (list []sim.Mutation) {
	for _, m := range sim.Mutations() {
		if name == "all" || m.Name == name {
			list = append(list, m)
		}
	}
	return list
}

func scripts(name string) (list []sim.Script) {
	for _, s := range sim.Scripts() {
		if name == "all" || s.Name == name {
			list = append(list, s)
		}
	}
	return list
}

func run(o options, out, progress io.Writer) error {
	switch {
	case o.vectors != "":
		for _, c := range o.configs() {
			if err := sim.WriteLogs(o.vectors, c, o.from, o.seeds); err != nil {
				return err
			}
		}
		return nil
	case o.explore != "":
		return explore(o, out, progress)
	case o.mutation != "":
		return mutate(o, out, progress)
	case o.one:
		return replay(o, out)
	}
	return survey(o, out, progress)
}

// replay runs one schedule.
func replay(o options, out io.Writer) error {
	c := o.configs()[0]
	var trace func(string)
	if o.show {
		trace = func(line string) { fmt.Fprintln(out, line) }
	}
	w := sim.RunTraced(c, o.seed, trace)
	if w.Violation != nil {
		return report(out, c, o.seed, w.Violation)
	}
	t := newTable(out)
	t.head()
	t.row(c.Name, w.Counts, 0)
	return nil
}

// minimizing is for how long a failing schedule is made shorter.
const minimizing = time.Minute

// report tells of a schedule that failed, with as few actions as fail too.
func report(out io.Writer, c sim.Config, seed uint64, v *sim.Violation) error {
	fmt.Fprintf(out, "%s, seed %d: %s\n  broken: %s\n", c.Name, seed, v.Text, v.Rule)
	actions := sim.Minimize(c, seed, minimizing)
	fmt.Fprintf(out, "These actions do it:\n")
	for i, a := range actions {
		fmt.Fprintf(out, "%5d  %v\n", i+1, a)
	}
	fmt.Fprintln(out, "Then everything that waits is served, and this is said:")
	w := sim.Replay(c, seed, actions, func(line string) { fmt.Fprintln(out, "       "+line) })
	fmt.Fprintf(out, "%s\n", w.Violation.Text)
	return errFound
}
