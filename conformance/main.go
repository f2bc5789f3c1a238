package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// options are the command's flags.
type options struct {
	server             server
	list, out, filter  string
	jobs               int
	json               bool
	checkout           string
	update             bool
	folder, docs       string
	pages              bool
	timeout, longLimit time.Duration
}

func parse(arguments []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.server.HTTP, "server", "http://web-platform.test:8000", "`origin` of the tests' server")
	flags.StringVar(&o.server.HTTPS, "https", "https://web-platform.test:8443", "its `origin` for tests that need https")
	flags.StringVar(&o.list, "list", "", "`file` with one URL path per line: run these")
	flags.StringVar(&o.out, "out", "", "write the results to this `file`")
	flags.StringVar(&o.filter, "filter", "", "run only URLs that contain this `text`")
	flags.IntVar(&o.jobs, "jobs", 4, "how many pages run at once")
	flags.BoolVar(&o.json, "json", false, "print each page's results with their messages, as a line of JSON")
	flags.StringVar(&o.checkout, "wpt", "", "`folder` of a checkout of the tests: start its server, run all lists, compare with the ledger")
	flags.BoolVar(&o.update, "update", false, "with --wpt: make the lists, the ledger and the document anew")
	flags.StringVar(&o.folder, "folder", "conformance", "`folder` of lists, ledger and Chromium's results")
	flags.StringVar(&o.docs, "docs", filepath.Join("docs", "conformance.md"), "`file` of the document")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long a page has")
	flags.DurationVar(&o.longLimit, "long-timeout", time.Minute, "how long a page has that asks for a long timeout")
	flags.BoolVar(&o.pages, "pages", false, "read jobs from the standard input and run them, "+
		"one after the other (what this command starts itself for)")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("conformance: %q is too much", flags.Arg(0))
	case !o.pages && (o.list == "") == (o.checkout == ""):
		return o, errors.New("conformance: give --list FILE (and --server) or --wpt DIR")
	case o.jobs < 1:
		return o, errors.New("conformance: --jobs: at least one")
	}
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = o.main(ctx)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o options) main(ctx context.Context) error {
	switch {
	case o.pages:
		return answerJobs(os.Stdin, os.Stdout, func(j job) Page { return runPage(ctx, j, o.timeout, o.longLimit) })
	case o.checkout != "":
		return o.runAll(ctx)
	}
	urls, err := readList(o.list)
	if err != nil {
		return err
	}
	results, err := o.run(ctx, urls)
	if err != nil || o.out == "" {
		return err
	}
	return writeJSONFile(o.out, results)
}

// grace is the time after a page's timeout until its process is killed: the harness reports a
// timeout by itself.
const grace = 20 * time.Second

// run runs the URLs that the filter lets through, and tells on standard error how far it has come.
func (o options) run(ctx context.Context, urls []string) (Results, error) {
	var jobs []job
	for _, path := range urls {
		if strings.Contains(path, o.filter) {
			jobs = append(jobs, job{path, o.server.url(path)})
		}
	}
	command, err := ownCommand("--pages", "--timeout", o.timeout.String(), "--long-timeout", o.longLimit.String())
	if err != nil {
		return nil, err
	}
	results := Results{}
	lines := json.NewEncoder(os.Stdout)
	lines.SetEscapeHTML(false)
	begun := time.Now()
	err = pool{command, o.jobs, o.longLimit + grace}.run(ctx, jobs, func(page Page) {
		results[page.URL] = page.entries()
		fmt.Fprintf(os.Stderr, "%4d/%d %s\n", len(results), len(jobs), page)
		if o.json {
			lines.Encode(page)
		}
	})
	if err != nil {
		return nil, err
	}
	total := results.Total(all)
	fmt.Fprintf(os.Stderr, "%d of %d URLs, %d of %d subtests passed in %v\n", total.PassedURLs, total.URLs, total.PassedSubtests,
		total.Subtests,
		time.Since(begun).Round(time.Second))
	return results, nil
}

// url returns the URL of a test: a path with ".https." or ".serviceworker." needs a secure origin.
// https://web-platform-tests.org/writing-tests/file-names.html#test-features
func (s server) url(path string) string {
	file, _, _ := strings.Cut(path, "?")
	if strings.Contains(file, ".https.") || strings.Contains(file, ".serviceworker.") || strings.Contains(file, ".serviceworker-module.") {
		return s.HTTPS + path
	}
	return s.HTTP + path
}

// runAll starts the checkout's server, runs all lists, and compares with the ledger or
// writes it anew.
func (o options) runAll(ctx context.Context) error {
	if o.update && o.filter == "" {
		if err := writeLists(filepath.Join(o.folder, "lists"), o.checkout); err != nil {
			return err
		}
	}
	files, err := readFiles(o.folder)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	at, stop, err := serve(ctx, o.checkout, filepath.Join(scratch, "wpt.log"))
	if err != nil {
		return err
	}
	o.server = at
	results, err := o.run(ctx, files.urls())
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	if o.out != "" {
		if err := writeJSONFile(o.out, results); err != nil {
			return err
		}
	}
	if o.update {
		return files.update(o, results)
	}
	differences := files.ledger.Compare(results)
	for _, d := range differences {
		fmt.Println(d)
	}
	if len(differences) > 0 {
		return fmt.Errorf("conformance: %d results are not what the ledger says", len(differences))
	}
	return nil
}
