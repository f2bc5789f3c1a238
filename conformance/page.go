package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/entangle-go/entangle/host"
)

// statusOK is the status of a page whose harness ran to its end.
const statusOK = "OK"

// pageStatuses and subtestStatuses are the harness's numbers.
// https://web-platform-tests.org/writing-tests/testharness-api.html
var (
	pageStatuses    = []string{statusOK, statusError, statusTimeout, statusPreconditionFailed}
	subtestStatuses = []string{statusPass, statusFail, statusTimeout, statusNotRun, statusPreconditionFailed}
)

// hostRules lead all names of the tests' server to the loopback interface, except those that are
// to lead nowhere.
var hostRules = []string{
	"MAP nonexistent.* ~NOTFOUND",
	"MAP web-platform.test 127.0.0.1", "MAP *.web-platform.test 127.0.0.1",
	"MAP not-web-platform.test 127.0.0.1", "MAP *.not-web-platform.test 127.0.0.1",
}

// reportLevel and the marker distinguish a report from the test's own output.
const (
	reportLevel = "debug"
	marker      = "\x00conformance\x00"
)

// initScript runs in the page before its own scripts. As soon as a script has brought the harness,
// it asks to be told the results, and prints them. The harness's own table of results is left out:
// it fails on some tests, and takes the results with it.
const initScript = `(() => {
  const print = console.` + reportLevel + `.bind(console), stringify = JSON.stringify;
  const send = message => print("\0conformance\0" + stringify(message));
  let asked = false;
  const ask = () => {
    if (asked || typeof add_completion_callback !== "function") return;
    asked = true;
    if (typeof setup === "function") setup({ output: false });
    add_completion_callback((tests, status) => send({
      Status: status.status, Message: String(status.message ?? ""),
      Subtests: Array.from(tests, test => ({ Name: test.name, Status: test.status, Message: String(test.message ?? "") })),
    }));
    if (document.querySelector("meta[name=timeout][content=long]")) send({ Long: true });
  };
  document.addEventListener("load", ask, true);
  addEventListener("load", ask, true);
})()`

// report is the message of the script in the page.
type report struct {
	Long     bool // the page asks for a long timeout
	Status   int
	Message  string
	Subtests []struct {
		Name    string
		Status  int
		Message string
	}
}

// runPage opens a test in a host of its own and waits for its results.
func runPage(ctx context.Context, j job, timeout, longTimeout time.Duration) Page {
	reports := make(chan report, 8)
	errs := make(chan string, 1) // the first error that no script handled
	h, err := host.New(host.Options{
		HostRules: hostRules, Insecure: true, InitScript: initScript, ScriptTimeout: longTimeout,
		Console: func(m host.ConsoleMessage) {
			text, ours := strings.CutPrefix(m.Text, marker)
			var r report
			if ours && m.Level == reportLevel && json.Unmarshal([]byte(text), &r) == nil {
				reports <- r
			}
		},
		Error: func(err host.ScriptError) {
			select {
			case errs <- err.Message:
			default:
			}
		},
	})
	if err != nil {
		return Page{URL: j.Path, Status: statusCrash, Message: err.Error()}
	}
	defer h.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened := make(chan error, 1)
	go func() {
		_, err := h.Open(ctx, j.URL)
		opened <- err
	}()
	return awaitReport(j, reports, errs, opened, timeout, longTimeout)
}

// harnessGrace is the time that we wait longer than the harness: it reports a timeout by itself,
// with its results so far.
const harnessGrace = 1.3

func awaitReport(j job, reports <-chan report, errs <-chan string, opened <-chan error, timeout, longTimeout time.Duration) Page {
	begun := time.Now()
	limit := func(d time.Duration) time.Duration { return time.Duration(harnessGrace * float64(d)) }
	timer := time.NewTimer(limit(timeout))
	defer timer.Stop()
	for {
		select {
		case r := <-reports:
			if !r.Long {
				return r.page(j.Path)
			}
			timer.Reset(limit(longTimeout) - time.Since(begun))
		case err := <-opened:
			if err != nil && !errors.Is(err, context.Canceled) {
				return Page{URL: j.Path, Status: statusError, Message: err.Error()}
			}
			opened = nil
		case <-timer.C:
			page := Page{URL: j.Path, Status: statusTimeout}
			select {
			case page.Message = <-errs:
			default:
			}
			return page
		}
	}
}

// page describes a report in words.
func (r report) page(path string) Page {
	page := Page{URL: path, Status: word(pageStatuses, r.Status), Message: r.Message}
	for _, s := range r.Subtests {
		page.Subtests = append(page.Subtests, Subtest{s.Name, word(subtestStatuses, s.Status), s.Message})
	}
	return page
}

// word is the name of a number; a number without a name is a failure, because the page
// is hostile, too.
func word(words []string, n int) string {
	if n < 0 || n >= len(words) {
		return statusFail
	}
	return words[n]
}
