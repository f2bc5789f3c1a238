// Flood shows what a flood of one user costs another one of the same hub: the 90th percentile of a
// round trip while the flood goes to that hub, beside the same while the flood goes to a second
// hub, in a process of its own. Both floods take the machine's processors; the hub is responsible
// for the difference.
//
//	go run ./flood                     every kind of flood, the median of 5 rounds each
//	go run ./flood -kind answers -rounds 9
//
// It exits with 1 if a ratio is beyond 2.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

const target = 2

func main() {
	rounds := flag.Int("rounds", 5, "rounds, of which the median counts")
	seconds := flag.Float64("seconds", 2, "how long each measurement takes")
	kind := flag.String("kind", "", "one kind of flood: "+strings.Join(kinds(), ", ")+" (default: all)")
	serve := flag.Bool("serve", false, "be a hub (used by the command itself)")
	attack := flag.String("attack", "", "flood the hub at an address (used by the command itself)")
	flag.Parse()
	var err error
	switch {
	case *serve:
		err = runHub()
	case *attack != "":
		err = runFlood(*kind, *attack)
	default:
		err = compare(*kind, *rounds, time.Duration(*seconds*float64(time.Second)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runHub serves users by the name in the query until its input ends.
func runHub() error {
	h, err := hub.New(hub.Options{
		Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(r *http.Request) (hub.Identity, error) {
			return hub.Identity{User: r.URL.Query().Get("user")}, nil
		},
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	fmt.Println(l.Addr())
	io.Copy(io.Discard, os.Stdin)
	server.Close()
	return h.Close()
}

// process is one that this command has started; it ends when its input is closed.
type process struct {
	cmd   *exec.Cmd
	input io.Closer
	first string // line of its output
}

func start(arguments ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, arguments...)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	p := &process{cmd, input, strings.TrimSpace(line)}
	if err != nil {
		p.end()
		return nil, fmt.Errorf("%s says nothing: %w", strings.Join(arguments, " "), err)
	}
	return p, nil
}

func (p *process) end() {
	p.input.Close()
	p.cmd.Wait()
}

// compare measures both runs of each kind, in turns.
func compare(only string, rounds int, length time.Duration) error {
	fmt.Printf("%-10s %12s %14s %14s %7s\n", "flood", "quiet p90", "other hub p90", "same hub p90", "ratio")
	var failed error
	for _, kind := range kinds() {
		if only != "" && kind != only {
			continue
		}
		var quiet, other, same, ratios []float64
		for range rounds {
			q, o, s, err := round(kind, length)
			if err != nil {
				return err
			}
			quiet, other, same, ratios = append(quiet, q), append(other, o), append(same, s), append(ratios, s/o)
		}
		r := median(ratios)
		fmt.Printf("%-10s %9.0f us %11.0f us %11.0f us %7.2f\n", kind, median(quiet), median(other), median(same), r)
		if r > target {
			failed = errors.Join(failed, fmt.Errorf("%s: the ratio %.2f is beyond %d", kind, r, target))
		}
	}
	return failed
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// round measures without a flood, with one at another hub, and with one at the same hub.
func round(kind string, length time.Duration) (quiet, other, same float64, err error) {
	for i, at := range []*float64{&quiet, &other, &same} {
		if *at, err = measure(kind, i, length); err != nil {
			return 0, 0, 0, err
		}
	}
	return quiet, other, same, nil
}

// measure starts two hubs, so that all runs have the same processes, and a flood of the second or
// first.
func measure(kind string, run int, length time.Duration) (float64, error) {
	var hubs [2]*process
	for i := range hubs {
		var err error
		if hubs[i], err = start("-serve"); err != nil {
			return 0, err
		}
		defer hubs[i].end()
	}
	trips, err := newTrips(hubs[0].first)
	if err != nil {
		return 0, err
	}
	defer trips.close()
	if run > 0 {
		flood, err := start("-attack", hubs[2-run].first, "-kind", kind)
		if err != nil {
			return 0, err
		}
		defer flood.end()
	}
	return trips.p90(length)
}

// trips are round trips between two honest programs.
type trips struct {
	near, far *remote.Client
	there     func(string) error
	back      func() error
}

func newTrips(address string) (t *trips, err error) {
	ctx := context.Background()
	url := "ws://" + address + "/?user=honest"
	options := remote.Options{Origin: "https://honest.example"}
	t = new(trips)
	if t.near, err = remote.Dial(ctx, url, options); err != nil {
		return nil, err
	}
	if t.far, err = remote.Dial(ctx, url, options); err != nil {
		return nil, err
	}
	listener, err := t.far.Listen(context.Background(), "echo")
	if err != nil {
		return nil, err
	}
	port, err := t.near.ConnectTo(ctx, "echo")
	if err != nil {
		return nil, err
	}
	connection, err := listener.Accept(ctx)
	if err != nil {
		return nil, err
	}
	go func() {
		for event, err := range connection.Port.Messages(ctx) {
			if err != nil || connection.Port.PostMessage(event.Data()) != nil {
				return
			}
		}
	}()
	t.there = func(text string) error { return port.PostMessage(text) }
	t.back = func() error { _, err := port.Receive(ctx); return err }
	return t, nil
}

func (t *trips) close() {
	t.near.Close()
	t.far.Close()
}

// p90 is the 90th percentile of round trips within a time, in microseconds.
func (t *trips) p90(length time.Duration) (float64, error) {
	text := strings.Repeat("x", 64)
	var took []float64
	for began := time.Now(); time.Since(began) < length; {
		sent := time.Now()
		if err := t.there(text); err != nil {
			return 0, err
		}
		if err := t.back(); err != nil {
			return 0, fmt.Errorf("the honest programs were cut off: %w", err)
		}
		took = append(took, float64(time.Since(sent).Microseconds()))
	}
	slices.Sort(took)
	return took[len(took)*9/10], nil
}
