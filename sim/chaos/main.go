// Command chaos lets ports wander among real clients of a real hub, while sockets are cut and the
// hub is killed. See its help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `Lets ports wander among clients of a hub that is killed and started again, and checks that every
message is dispatched once and in order, and that no port is lost.

Usage: go run ./sim/chaos [flags]

  -for TIME        how long (20s)
  -go N            how many clients in Go, in this process (180)
  -node N          how many clients in Node, of the npm package (16)
  -processes N     in how many processes those are (4)
  -pages N         how many pages of one Chromium, a client each (4)
  -kill TIME       how long a hub lives before it is killed (5s)
  -race            build the hub with the race detector

The hub is the command "entangle serve", as a process with a key file of its own, on loopback. The
clients reach it through a proxy that cuts some connections every second. Each client has a name,
and carriers to some others: ports that stay. Each makes a channel, whose ends wander: who holds one
posts numbered messages and checks the numbers that come, and after a while posts the end over a
carrier to somebody else, with the numbers. In the end everybody stops, and the numbers of both ends
of each channel have to agree. The memory of Go and of Node, and the number of goroutines, must be
what they were after a third of the time.

Node 20 or newer, and Chromium, have to be there unless there are to be no clients in them.

Examples:

  go run ./sim/chaos -for 2m
  go run ./sim/chaos -node 0 -pages 0            # Go only
  go run ./sim/chaos -go 40 -kill 1s -race

The exit status is 1 if something was wrong, which is said, and 2 for flags that are none.
`

// options configure a run. The fields are the flags.
type options struct {
	time      time.Duration
	goClients int
	node      int
	processes int
	pages     int
	kill      time.Duration
	race      bool
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.DurationVar(&o.time, "for", 20*time.Second, "")
	f.IntVar(&o.goClients, "go", 180, "")
	f.IntVar(&o.node, "node", 16, "")
	f.IntVar(&o.processes, "processes", 4, "")
	f.IntVar(&o.pages, "pages", 4, "")
	f.DurationVar(&o.kill, "kill", 5*time.Second, "")
	f.BoolVar(&o.race, "race", false, "")
	if err := f.Parse(args); err != nil {
		return o, fmt.Errorf("%w (go run ./sim/chaos -help tells which flags there are)", err)
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag (go run ./sim/chaos -help tells which there are)", f.Arg(0))
	case o.time < time.Second:
		return o, errors.New("-for must be a second or more")
	case o.kill < 100*time.Millisecond:
		return o, errors.New("-kill must be 100ms or more: a hub needs some time to start")
	case o.goClients < 0 || o.node < 0 || o.pages < 0 || o.goClients+o.node+o.pages < 3:
		return o, errors.New("there must be three clients or more, of -go, -node and -pages together")
	case o.processes < 1:
		return o, errors.New("-processes must be 1 or more")
	}
	return o, nil
}
