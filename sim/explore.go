package main

import (
	"fmt"
	"io"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

// explore explores scripts. It ends with the first that fails.
func explore(o options, out, progress io.Writer) error {
	fmt.Fprintf(out, "%-6s %12s %12s %6s %10s\n", "script", "states", "transitions", "depth", "seconds")
	for _, s := range scripts(o.explore) {
		began := time.Now()
		x := s.Explore(o.faults, o.states, o.workers, func(x sim.Exploration) {
			fmt.Fprintf(progress, "%s: %s states at depth %d\n", s.Name, group(x.States), x.Depth)
		})
		if x.Violation != nil {
			return tell(out, &s, &x)
		}
		whole := ""
		if !x.Whole {
			whole = "  stopped"
		}
		fmt.Fprintf(out, "%-6s %12s %12s %6d %10.0f%s\n", s.Name, group(x.States), group(x.Transitions), x.Depth,
			time.Since(began).Seconds(), whole)
	}
	return nil
}

// tell tells of a script that failed.
func tell(out io.Writer, s *sim.Script, x *sim.Exploration) error {
	fmt.Fprintf(out, "%s: %s\n  broken: %s\nThese actions do it:\n", s.Name, x.Violation.Text, x.Violation.Rule)
	for i, a := range x.Actions {
		fmt.Fprintf(out, "%5d  %v\n", i+1, a)
	}
	fmt.Fprintln(out, "Then everything that waits is served, and this is said:")
	s.Show(x.Actions, func(line string) { fmt.Fprintln(out, "       "+line) })
	return errFound
}
