package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/entangle-go/entangle/internal/browser"
	"github.com/entangle-go/entangle/npm"
)

// crewScript runs the clients of the npm package.
//
//go:embed crew.mjs
var crewScript []byte

// crews are the clients of the npm package: in processes of Node, and in pages. They report by
// HTTP.
type crews struct {
	book   *ledger
	hub    string // the address that the clients connect to
	origin string // of the pages
	shares [][]plan
	pages  int // the last of them are pages
	server *http.Server
	served chan struct{}

	mu      sync.Mutex // guards the fields below
	started bool       // everybody may
	open    []bool     // the crew's clients have all reached the hub
	heaps   []int64    // of the last reports
	done    []bool
	change  chan struct{} // has a token when open or done have changed
}

// report is a message that a crew sends from time to time.
type report struct {
	Messages  int64
	Resumes   int64
	Latencies []float64
	Failures  []string
	Settled   []struct {
		Holder              string
		Channel, Side       int
		Next, Expect, Taken int
		Trace               []string
	}
	Open bool
	Heap int64
}

// newCrews serves the files that the crews load. The first shares are for processes, the last
// ones for pages.
func newCrews(shares [][]plan, pages int, book *ledger) (*crews, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := len(shares)
	c := &crews{book: book, origin: "http://" + listener.Addr().String(), shares: shares, pages: pages, served: make(chan struct{}),
		open: make([]bool, n), heaps: make([]int64, n), done: make([]bool, n), change: make(chan struct{}, 1)}
	dist, err := fs.Sub(npm.Dist, "dist")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /entangle.js", http.FileServerFS(dist))
	mux.HandleFunc("GET /crew.mjs", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "crew.mjs", time.Time{}, bytes.NewReader(crewScript))
	})
	mux.HandleFunc("GET /{$}", c.page)
	mux.HandleFunc("GET /plan", c.plan)
	mux.HandleFunc("POST /report", c.report)
	mux.HandleFunc("POST /done", c.finished)
	c.server = &http.Server{Handler: mux}
	go func() {
		defer close(c.served)
		c.server.Serve(listener)
	}()
	return c, nil
}

// crew is which one asks; -1 if there is none of that number.
func (c *crews) crew(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("crew"))
	if err != nil || n < 0 || n >= len(c.shares) {
		return -1
	}
	return n
}

// page is a crew's page. That of the first crew of pages opens the others.
func (c *crews) page(w http.ResponseWriter, r *http.Request) {
	crew, opens := c.crew(r), ""
	if first := len(c.shares) - c.pages; crew == first {
		for i := first + 1; i < len(c.shares); i++ {
			opens += fmt.Sprintf("open('/?crew=%d', 'crew %[1]d', 'noopener,popup'); ", i)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>crew %d</title><script>%s</script><script type=module src=/crew.mjs></script>\n", crew, opens)
}

func (c *crews) plan(w http.ResponseWriter, r *http.Request) {
	crew := c.crew(r)
	if crew < 0 {
		http.Error(w, "there is no such crew", http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"hub": c.hub, "origin": c.origin, "clients": c.shares[crew]})
}

// report records a crew's report, and answers with the crew's orders.
func (c *crews) report(w http.ResponseWriter, r *http.Request) {
	var got report
	crew := c.crew(r)
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil || crew < 0 {
		c.book.fail("crew %d reports what cannot be read: %v", crew, err)
		return
	}
	c.book.messages.Add(got.Messages)
	c.book.handed.Add(int64(len(got.Latencies)))
	c.book.resumes.Add(got.Resumes)
	for _, ms := range got.Latencies {
		c.book.latency.add(ms)
	}
	for _, failure := range got.Failures {
		if c.book.now() != ending { // then others have closed before this crew knew
			c.book.fail("crew %d: %s", crew, failure)
		}
	}
	for _, s := range got.Settled {
		c.book.settle(end{s.Channel, s.Side}, rest{s.Holder, s.Next, s.Expect, s.Trace})
	}
	c.mu.Lock()
	c.open[crew], c.heaps[crew] = got.Open, got.Heap
	phase := c.book.now().String()
	if phase == running.String() && !c.started {
		phase = "waiting"
	}
	c.changed()
	c.mu.Unlock()
	json.NewEncoder(w).Encode(map[string]string{"phase": phase})
}

func (c *crews) finished(_ http.ResponseWriter, r *http.Request) {
	if crew := c.crew(r); crew >= 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.done[crew] = true
		c.changed()
	}
}

// changed is called with the lock held.
func (c *crews) changed() {
	select {
	case c.change <- struct{}{}:
	default:
	}
}

// start lets everybody begin.
func (c *crews) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = true
}

// heap returns the heap of all Node processes together.
func (c *crews) heap() (sum int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.heaps {
		sum += n
	}
	return sum
}

// await waits until something is true of all crews. The error says of which it is not.
func (c *crews) await(what string, list *[]bool, stop <-chan struct{}) error {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for {
		var missing []int
		c.mu.Lock()
		for crew, is := range *list {
			if !is {
				missing = append(missing, crew)
			}
		}
		c.mu.Unlock()
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-c.change:
		case <-stop:
			return nil
		case <-late.C:
			return fmt.Errorf("after a minute these crews have not %s: %v of %d, of which the last %d are pages", what, missing,
				len(c.shares), c.pages)
		}
	}
}

// launch starts the processes of the crews.
func (c *crews) launch(dir string) (started []*process, err error) {
	defer func() {
		if err != nil {
			stopAll(started)
		}
	}()
	bundle, err := npm.Dist.ReadFile("dist/entangle.js")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(dir, "crew.mjs")
	for name, text := range map[string][]byte{script: crewScript, filepath.Join(dir, "entangle.js"): bundle} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return nil, err
		}
	}
	for crew := range c.shares {
		url := fmt.Sprintf("%s/?crew=%d", c.origin, crew)
		var cmd *exec.Cmd
		switch first := len(c.shares) - c.pages; {
		case crew < first: // before Node 22 its WebSocket has to be asked for
			cmd = exec.Command("node", "--experimental-websocket", "--expose-gc", script, url)
		case crew == first:
			path, err := browser.Chromium.Path()
			if err != nil {
				return started, err
			}
			cmd = exec.Command(path, append(chromiumFlags, "--user-data-dir="+filepath.Join(dir, "chromium"), url)...)
		default:
			continue // the first page opens them
		}
		p, err := launch(cmd, filepath.Join(dir, fmt.Sprintf("crew-%d.log", crew)), c.book)
		if err != nil {
			return started, err
		}
		started = append(started, p)
	}
	return started, nil
}

// A hidden page has to be as fast as a visible one.
var chromiumFlags = []string{
	"--headless=new", "--no-sandbox", "--no-first-run", "--disable-popup-blocking", "--disable-background-timer-throttling",
	"--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-gpu", "--disable-dev-shm-usage",
}

func (c *crews) close() {
	c.server.Close()
	<-c.served
}
