package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"
)

// chaos is one run.
type chaos struct {
	options
	book    *ledger
	dir     string
	hub     *hub
	proxy   *proxy
	crews   *crews
	others  []*process
	clients []*client
	samples samples
	began   time.Time

	disturbed, rested time.Duration // how long something was cut or killed; and then, until everything was at rest
}

// run is the command: figures go to out, how far it is to progress.
func run(ctx context.Context, o options, out, progress io.Writer) (err error) {
	c := &chaos{options: o, book: newLedger(o.goClients + o.node + o.pages)}
	if c.dir, err = os.MkdirTemp("", "entangle-chaos"); err != nil {
		return err
	}
	defer os.RemoveAll(c.dir)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer c.end(stop)
	if err := c.begin(working, progress); err != nil {
		return err
	}
	c.disturb(ctx, progress)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	c.rest(progress)
	c.part(stop)
	c.hub.look()
	c.samples.compare(c.book)
	c.tell(out)
	return c.book.err()
}

// begin starts everything, and returns when all clients have reached the hub.
func (c *chaos) begin(ctx context.Context, progress io.Writer) (err error) {
	fmt.Fprintln(progress, "building the hub")
	if c.hub, err = newHub(c.dir, c.race, c.book); err != nil {
		return err
	}
	if c.proxy, err = newProxy(c.hub.address); err != nil {
		return err
	}
	all := plans(c.goClients + c.node + c.pages)
	inNode, inPages := all[c.goClients:c.goClients+c.node], all[c.goClients+c.node:]
	shares := append(share(inNode, min(c.processes, c.node)), share(inPages, c.pages)...)
	if c.crews, err = newCrews(shares, c.pages, c.book); err != nil {
		return err
	}
	c.crews.hub = "ws://" + c.proxy.address() + "/entangle"
	c.hub.allow(c.crews.origin)
	c.hub.allow("http://" + c.proxy.address())
	if err := c.hub.start(); err != nil {
		return err
	}
	fmt.Fprintf(progress, "connecting %d clients\n", len(all))
	if c.others, err = c.crews.launch(c.dir); err != nil {
		return err
	}
	for _, p := range all[:c.goClients] {
		client, err := dial(ctx, c.crews.hub, c.crews.origin, p, c.book)
		if err != nil {
			return err
		}
		c.clients = append(c.clients, client)
	}
	if err := c.crews.await("reached the hub", &c.crews.open, c.book.failed); err != nil {
		return errors.Join(err, errors.New(c.said()))
	}
	for _, client := range c.clients {
		client.start()
	}
	c.crews.start()
	return nil
}

// How often a connection is cut, about, and how often it is said how far everything is.
const (
	cutEvery  = 250 * time.Millisecond
	tellEvery = 5 * time.Second
)

// disturb cuts connections and kills the hub, until the time is over or something was wrong.
func (c *chaos) disturb(ctx context.Context, progress io.Writer) {
	c.began = time.Now()
	defer func() { c.disturbed = time.Since(c.began) }()
	over, kill := time.NewTimer(c.time), time.NewTimer(c.kill)
	defer over.Stop()
	defer kill.Stop()
	cut, tell, sample := time.NewTicker(cutEvery), time.NewTicker(tellEvery), time.NewTicker(sampleEvery)
	defer cut.Stop()
	defer tell.Stop()
	defer sample.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.book.failed:
			return
		case <-over.C:
			return
		case <-cut.C:
			for range rand.IntN(3) {
				if c.proxy.cut() {
					c.book.cuts.Add(1)
				}
			}
		case <-kill.C:
			c.hub.kill()
			c.book.kills.Add(1)
			if err := c.hub.start(); err != nil {
				c.book.fail("%v", err)
			}
			kill.Reset(c.kill) // however long it takes to start, it lives for as long as that
		case <-sample.C:
			c.samples.take(time.Since(c.began), c.crews.heap())
		case <-tell.C:
			c.progress(progress)
		}
	}
}

func (c *chaos) progress(w io.Writer) {
	b := c.book
	fmt.Fprintf(w, "%v: %d messages, %d hand-overs, %d cuts, %d kills, %d resumes\n", time.Since(c.began).Round(time.Second),
		b.messages.Load(), b.handed.Load(), b.cuts.Load(), b.kills.Load(), b.resumes.Load())
}

// How long everything may take to come to rest, and for how long nothing may move then.
const (
	restTime = time.Minute
	still    = 2 * time.Second
)

// rest waits until nothing moves any more, and fails if the ends do not agree then.
func (c *chaos) rest(progress io.Writer) {
	c.book.phase.Store(int32(resting))
	fmt.Fprintln(progress, "coming to rest")
	look := time.NewTicker(still / 10)
	defer look.Stop()
	began, quiet := time.Now(), time.Now()
	for before := 0; ; {
		select {
		case <-c.book.failed:
			return
		case <-look.C:
		}
		open, sum := c.book.open(), 0
		for _, n := range c.book.numbers() {
			sum += n
		}
		if len(open) > 0 || sum != before {
			before, quiet = sum, time.Now()
		}
		if len(open) == 0 && time.Since(quiet) > still {
			c.rested = quiet.Sub(began)
			return
		}
		if time.Since(began) > restTime {
			c.book.fail("%d channels did not come to rest in %v:\n    %s", len(open), restTime,
				strings.Join(open[:min(len(open), enough)], "\n    "))
		}
	}
}

// part lets all clients close.
func (c *chaos) part(stop func()) {
	c.book.phase.Store(int32(ending))
	stop()
	var closing sync.WaitGroup
	for _, client := range c.clients {
		closing.Go(client.end)
	}
	closing.Wait()
	c.clients = nil
	if err := c.crews.await("closed", &c.crews.done, c.book.failed); err != nil {
		c.book.fail("%v\n%s", err, c.said())
	}
	finish(c.others[:min(len(c.others), len(c.crews.shares)-c.pages)], c.book) // but not Chromium
}

// said returns the output of the crews' processes.
func (c *chaos) said() string {
	b := new(strings.Builder)
	for _, p := range c.others {
		fmt.Fprintf(b, "%s wrote %q\n", p.cmd.Path, p.said())
	}
	return b.String()
}

// end ends what is left.
func (c *chaos) end(stop func()) {
	stop()
	c.book.phase.Store(int32(ending))
	for _, client := range c.clients {
		client.end()
	}
	stopAll(c.others)
	if c.crews != nil {
		c.crews.close()
	}
	if c.proxy != nil {
		c.proxy.close()
	}
	if c.hub != nil {
		c.hub.close()
	}
}

// tell prints the figures.
func (c *chaos) tell(out io.Writer) {
	b := c.book
	row := func(what, format string, args ...any) {
		fmt.Fprintf(out, "%-12s %s\n", what, fmt.Sprintf(format, args...))
	}
	row("clients", "%d in Go, %d in Node, %d pages", c.goClients, c.node, c.pages)
	row("time", "%v, and %v until everything was at rest", c.disturbed.Round(time.Second), c.rested.Round(100*time.Millisecond))
	row("messages", "%d", b.messages.Load())
	row("hand-overs", "%d; half within %.1f ms, 99 of 100 within %.1f ms", b.handed.Load(), b.latency.quantile(0.5), b.latency.quantile(0.99))
	row("disturbed", "%d connections cut, %d hubs killed, %d times a client came back", b.cuts.Load(), b.kills.Load(), b.resumes.Load())
	c.samples.tell(row)
}
