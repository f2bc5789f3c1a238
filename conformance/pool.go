package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Page is the outcome of one test.
type Page struct {
	URL      string
	Status   string // OK, ERROR, TIMEOUT, PRECONDITION_FAILED or CRASH
	Message  string `json:",omitempty"`
	Subtests []Subtest
	Duration time.Duration
}

// Subtest is one result of a page.
type Subtest struct {
	Name, Status string
	Message      string `json:",omitempty"`
}

// entries are the results as a ledger tells them. Of two subtests of one name the worse counts.
func (p Page) entries() map[string]string {
	entries := map[string]string{}
	if p.Status != statusOK {
		entries[pageEntry] = p.Status
	}
	for _, subtest := range p.Subtests {
		if old, twice := entries[subtest.Name]; twice && rank(subtest.Name, old) < rank(subtest.Name, subtest.Status) {
			continue
		}
		entries[subtest.Name] = subtest.Status
	}
	return entries
}

// job is the test that a process has to run.
type job struct {
	Path, URL string
}

// pool runs pages in processes of this same program, each of which runs one page at a time.
type pool struct {
	command  []string      // starts a process that answers each job on its input with a Page on its output
	size     int           // processes at once
	hardStop time.Duration // a process that has not answered after this time is killed
}

// run runs all jobs and calls done, one call at a time, for each page that is finished. It returns
// early when the context ends.
func (p pool) run(ctx context.Context, jobs []job, done func(Page)) error {
	queue := make(chan job)
	finished := make(chan Page)
	var processes sync.WaitGroup
	for range min(p.size, len(jobs)) {
		processes.Go(func() { p.serve(ctx, queue, finished) })
	}
	go func() {
		defer close(queue)
		for _, j := range jobs {
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() { processes.Wait(); close(finished) }()
	for page := range finished {
		done(page)
	}
	return ctx.Err()
}

// serve runs jobs in one process after the other: a new one is started when the last one is gone.
func (p pool) serve(ctx context.Context, queue <-chan job, finished chan<- Page) {
	var runner *process
	defer func() { runner.stop() }()
	for j := range queue {
		begun := time.Now()
		page := Page{URL: j.Path, Status: statusCrash}
		var err error
		if runner == nil {
			runner, err = startProcess(ctx, p.command)
		}
		if err == nil {
			err = runner.run(ctx, j, p.hardStop, &page)
		}
		if err != nil {
			page = Page{URL: j.Path, Status: statusCrash, Message: err.Error()}
			runner.stop()
			runner = nil
		}
		if ctx.Err() != nil {
			return
		}
		page.Duration = time.Since(begun)
		finished <- page
	}
}

// process is a running child. Its methods do nothing on nil.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	stderr *head
}

func startProcess(ctx context.Context, command []string) (*process, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	p := &process{cmd: cmd, stderr: &head{limit: 8 << 10}}
	cmd.Stderr = p.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, json.NewDecoder(out)
	return p, cmd.Start()
}

// run gives the process one job and waits for the page.
func (p *process) run(ctx context.Context, j job, limit time.Duration, page *Page) error {
	answered := make(chan error, 1)
	go func() {
		if err := json.NewEncoder(p.in).Encode(j); err != nil {
			answered <- err
			return
		}
		answered <- p.out.Decode(page)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-answered:
		if err != nil {
			p.stop() // so that all that it said is there
			return fmt.Errorf("the process ended (%w): %s", err, strings.TrimSpace(p.stderr.String()))
		}
		return nil
	case <-timer.C:
		p.stop()
		<-answered
		return fmt.Errorf("no answer in %v", limit)
	case <-ctx.Done():
		p.stop()
		<-answered
		return ctx.Err()
	}
}

// stop ends the process and waits for it.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.in.Close()
	if p.cmd.Process != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
}

// head keeps the first bytes that are written to it.
type head struct {
	mu    sync.Mutex // guards text
	text  []byte
	limit int
}

func (h *head) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, b[:min(len(b), h.limit-len(h.text))]...)
	return len(b), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.text)
}

// answerJobs is the process's side: it reads jobs until there are no more.
func answerJobs(in io.Reader, out io.Writer, run func(job) Page) error {
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var j job
		if err := decoder.Decode(&j); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(run(j)); err != nil {
			return err
		}
	}
}

// ownCommand is how to start this same program with the given arguments.
func ownCommand(arguments ...string) ([]string, error) {
	self, err := os.Executable()
	return append([]string{self}, arguments...), err
}

// String is one line about the page.
func (p Page) String() string {
	passed := 0
	for _, subtest := range p.Subtests {
		if subtest.Status == statusPass {
			passed++
		}
	}
	return fmt.Sprintf("%-8s %3d/%-3d %5.1fs %s", p.Status, passed, len(p.Subtests), p.Duration.Seconds(), p.URL)
}
