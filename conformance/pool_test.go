package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asPages makes the test program answer jobs as the command does with --pages.
const asPages = "CONFORMANCE_TEST_PAGES"

func TestMain(m *testing.M) {
	if os.Getenv(asPages) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	err := answerJobs(os.Stdin, os.Stdout, func(j job) Page {
		switch {
		case strings.HasSuffix(j.Path, "/crash"):
			go func() { panic("out of " + j.Path) }()
			select {}
		case strings.HasSuffix(j.Path, "/hang"):
			select {}
		}
		return Page{URL: j.Path, Status: statusOK, Subtests: []Subtest{{Name: fmt.Sprint(os.Getpid()), Status: statusPass}}}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A page that takes its process down, and one that never ends, cost their own results and no other.
func TestPool(t *testing.T) {
	t.Setenv(asPages, "1")
	command, err := ownCommand()
	if err != nil {
		t.Fatal(err)
	}
	var jobs []job
	for i := range 12 {
		path := fmt.Sprintf("/%d/", i)
		switch i {
		case 3, 7:
			path += "crash"
		case 5:
			path += "hang"
		}
		jobs = append(jobs, job{Path: path})
	}
	pages := map[string]Page{}
	processes := map[string]bool{}
	// The limit is far above what a page needs that answers, because only the one that
	// hangs waits for it.
	err = pool{command, 2, 5 * time.Second}.run(context.Background(), jobs, func(page Page) {
		pages[page.URL] = page
		for _, subtest := range page.Subtests {
			processes[subtest.Name] = true
		}
	})
	if err != nil || len(pages) != len(jobs) {
		t.Fatalf("%d pages of %d, %v", len(pages), len(jobs), err)
	}
	for path, page := range pages {
		want, message := statusOK, ""
		switch {
		case strings.HasSuffix(path, "crash"):
			want, message = statusCrash, "panic: out of "+path
		case strings.HasSuffix(path, "hang"):
			want, message = statusCrash, "no answer in 5s"
		}
		if page.Status != want || !strings.Contains(page.Message, message) {
			t.Errorf("%s: %s %q, want %s %q", path, page.Status, page.Message, want, message)
		}
	}
	if len(processes) < 2 || len(processes) > 5 {
		t.Errorf("%d processes: want two, and one more for each that was lost", len(processes))
	}
}

func TestPoolStops(t *testing.T) {
	t.Setenv(asPages, "1")
	command, err := ownCommand()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = pool{command, 2, time.Hour}.run(ctx, []job{{Path: "/hang"}, {Path: "/1/"}, {Path: "/2/hang"}, {Path: "/3/"}},
		func(page Page) { cancel() })
	if err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		arguments string
		good      bool
	}{
		{"--list x --server http://a:1 --https https://a:2 --out y --jobs 2 --filter z --json", true},
		{"--wpt dir --update", true},
		{"--pages", true},
		{"", false},
		{"--list x --wpt dir", false},
		{"--list x more", false},
		{"--list x --jobs 0", false},
	} {
		if _, err := parse(strings.Fields(c.arguments), &strings.Builder{}); (err == nil) != c.good {
			t.Errorf("%q: %v", c.arguments, err)
		}
	}
}
