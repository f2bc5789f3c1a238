package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host"
)

// defaultRunOrigin is the origin at which the files of a run are served.
const defaultRunOrigin = "http://localhost"

// errTimeout is why a run ends before its pages do.
var errTimeout = errors.New("timeout")

// runFlags are the options of `entangle run`.
type runFlags struct {
	origin, root                   string
	hostRules                      []string
	insecure, forever, json, trace bool
	timeout                        time.Duration
}

func newRunCommand() *cobra.Command {
	var flags runFlags
	command := &cobra.Command{
		Use:   "run PAGE-OR-SCRIPT...",
		Short: "Run pages and scripts written for browsers",
		Long: `Opens pages, one after the other, in a browser without a screen: windows, frames, workers and
the messages between them are real; there is no layout and there are no pictures. Each argument is a
URL, a page (.html), a folder (its index.html) or a script (.js, or .mjs for a module), which runs in
a page made for it. With - the command reads a script from the input, and runs it as if it were a
file of the served folder.

The files of one run appear at ` + defaultRunOrigin + `/, so that its pages share an origin; the
command opens no socket for this. It serves the folder that the files are in (for - alone its own
working folder), and nothing outside of that folder.

It ends when nothing can happen any more by itself: no script runs, no timer is set, nothing is
loading, no socket is open. console.log and the like go to stdout; console.warn, console.error and
errors that no script handled go to stderr. The exit status is 1 after such an error, or if the run
has not ended after --timeout.

With --json every line of stdout is an object whose "event" is
  "console"   url, level, text
  "error"     url, message, source, line, column, stack
  "message"   from, to, type, size, ports; and discarded, which says why, if it was

It opens a server's answer whatever its status, so a 404 is a page like any other. It shows a
script at a URL as text and does not run it.`,
		Example: `  entangle run page.html
  entangle run worker-test.js --timeout 10s
  echo 'console.log(location.href)' | entangle run -
  entangle run contacts.html composer.html   # two pages of one origin
  entangle run examples/pages/frame --root examples/pages --trace
  entangle run http://web-platform.test:8000/webmessaging/ --host-rule "MAP *.web-platform.test 127.0.0.1"
  entangle run . --json | jq 'select(.event == "message")'`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"html", "htm", "js", "mjs"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			return flags.run(command.Context(), arguments, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	f := command.Flags()
	f.StringVar(&flags.origin, "origin", defaultRunOrigin, "the `ORIGIN` that files are served as")
	f.StringVar(&flags.root, "root", "", "the `FOLDER` that is served (default: the one the files are in)")
	f.StringArrayVar(&flags.hostRules, "host-rule", nil, "where host names really are, `RULE` like \"MAP *.example.com 127.0.0.1\"; "+
		"may be repeated")
	f.BoolVar(&flags.insecure, "insecure", false, "accept any certificate")
	f.DurationVar(&flags.timeout, "timeout", 0, "fail if the run has not ended after this `DURATION`, such as 10s")
	f.BoolVar(&flags.forever, "forever", false, "go on until Ctrl-C")
	f.BoolVar(&flags.json, "json", false, "print console, errors and messages as lines of JSON")
	f.BoolVar(&flags.trace, "trace", false, "print every message to stderr: type, from, to, size, ports, why it was discarded")
	for _, name := range []string{"origin", "host-rule", "timeout"} {
		must(command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	must(command.MarkFlagDirname("root"))
	return command
}

// run opens the pages and waits until they have nothing to do any more.
func (f *runFlags) run(ctx context.Context, arguments []string, in io.Reader, out, errOut io.Writer) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	var script []byte
	if slices.Contains(arguments, fromInput) {
		var err error
		if script, err = readAll(ctx, in); err != nil {
			return err
		}
	}
	site, err := newRunSite(arguments, f.root, script)
	if err != nil {
		return err
	}
	defer site.close()
	output := &runOutput{json: f.json, out: out, errOut: errOut}
	options := host.Options{
		Origin: f.origin, Files: site.files, HostRules: f.hostRules, Insecure: f.insecure,
		Console: output.console, Error: output.error,
	}
	if f.trace || f.json {
		options.Message = output.message
	}
	h, err := host.New(options)
	if err != nil {
		return usageError{err}
	}
	defer h.Close()
	running := ctx
	if f.timeout > 0 {
		var cancel context.CancelFunc
		running, cancel = context.WithTimeoutCause(ctx, f.timeout, errTimeout)
		defer cancel()
	}
	err = f.open(running, h, arguments, site.urls)
	failures := output.end()
	switch {
	case ctx.Err() != nil && f.forever: // Ctrl-C is how it ends
	case ctx.Err() != nil:
		return ctx.Err()
	case context.Cause(running) == errTimeout && err != nil:
		return fmt.Errorf("the run has not ended after %v: %w", f.timeout, err)
	case err != nil:
		return err
	}
	if failures > 0 {
		return fmt.Errorf("errors that no script handled: %d", failures)
	}
	return nil
}

func (f *runFlags) check() error {
	origin, err := entangle.ParseOrigin(f.origin)
	switch {
	case err != nil:
		return fmt.Errorf("--origin %s is no origin; write it like %s", f.origin, defaultRunOrigin)
	case origin.Opaque() || !strings.HasPrefix(origin.String(), "http"):
		return fmt.Errorf("--origin %s: files are served as those of an http: or https: origin, such as %s", f.origin, defaultRunOrigin)
	case f.timeout < 0:
		return errors.New("--timeout is negative")
	case f.forever && f.timeout > 0:
		return errors.New("--forever and --timeout contradict each other")
	}
	return nil
}

// open opens the pages and waits for the end. If ctx ends first, the error says what was
// still running.
func (f *runFlags) open(ctx context.Context, h *host.Host, arguments, urls []string) error {
	for i, url := range urls {
		if _, err := h.Open(ctx, url); ctx.Err() != nil {
			return fmt.Errorf("%s was still loading%s", arguments[i], stillRunning(h))
		} else if err != nil {
			return fmt.Errorf("%s: %w", arguments[i], err)
		}
	}
	if f.forever {
		<-ctx.Done()
		return nil
	}
	if err := h.Wait(ctx); ctx.Err() != nil {
		if running := h.Running(); len(running) > 0 {
			return fmt.Errorf("still running, or with timers: %s", strings.Join(running, ", "))
		}
		return errors.New("something was still being loaded, or a socket was open")
	} else if err != nil {
		return err
	}
	return nil
}

// stillRunning names the pages and workers that run, for an error.
func stillRunning(h *host.Host) string {
	if running := h.Running(); len(running) > 0 {
		return "; running were: " + strings.Join(running, ", ")
	}
	return ""
}
