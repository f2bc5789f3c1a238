package main

import (
	"fmt"
	"io"

	"github.com/entangle-go/entangle/internal/sim"
)

// table prints what happened, one line for each configuration.
type table struct{ out io.Writer }

func newTable(out io.Writer) *table { return &table{out} }

func (t *table) head() {
	fmt.Fprintf(t.out, "%-14s %10s %12s %12s %12s %12s %12s %12s %10s\n",
		"configuration", "schedules", "posts", "ports", "dispatches", "packets", "connections", "hostile", "a second")
}

func (t *table) row(name string, c sim.Counts, rate float64) {
	speed := "-"
	if rate > 0 {
		speed = fmt.Sprintf("%.0f", rate)
	}
	fmt.Fprintf(t.out, "%-14s %10s %12s %12s %12s %12s %12s %12s %10s\n", name, group(c.Schedules), group(c.Posts), group(c.Ships),
		group(c.Dispatches), group(c.Packets), group(c.Connections), group(c.Hostile+c.Thefts), speed)
}

// group writes a number with commas.
func group(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
