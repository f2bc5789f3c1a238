package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// defaultHub is the hub that `entangle serve` runs if it is told nothing else.
const defaultHub = "ws://127.0.0.1:8080/entangle"

// dialTimeout is how long a hub may take to answer.
const dialTimeout = 10 * time.Second

// hubFlags say which hub a command talks to, and as whom.
type hubFlags struct {
	url     hubAddress
	origin  originValue
	service bool
}

func (f *hubFlags) add(command *cobra.Command) {
	flags := command.Flags()
	f.url = defaultHub
	flags.Var(&f.url, "hub", "`ADDRESS` of the hub: host:port, http(s)://… or ws(s)://…; without a path it is "+hubPath)
	flags.Var(&f.origin, "origin", "the `ORIGIN` to be of, if the hub allows it (default: that of the hub's own pages)")
	must(command.RegisterFlagCompletionFunc("hub", cobra.FixedCompletions([]cobra.Completion{defaultHub}, cobra.ShellCompDirectiveNoFileComp)))
	must(command.RegisterFlagCompletionFunc("origin", cobra.NoFileCompletions))
}

// must is for what can fail only if this program is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// dial connects to the hub. Its error says what to do.
func (f *hubFlags) dial(ctx context.Context, errOut io.Writer) (*remote.Client, error) {
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	client, err := remote.Dial(dialing, string(f.url), remote.Options{
		Origin:  f.asOrigin(),
		Service: f.service,
		OnState: f.tellState(errOut),
		Logger:  slog.New(slog.NewTextHandler(errOut, nil)),
	})
	if err == nil {
		return client, nil
	}
	return nil, f.explain(ctx, err)
}

// tellState returns what tells the user that the hub is away, and that it is back. Why it stays
// away the client logs; other ends of the client are the command's to report.
func (f *hubFlags) tellState(errOut io.Writer) func(remote.State, error) {
	away := false
	return func(state remote.State, reason error) {
		switch {
		case state == remote.Reconnecting && !away:
			fmt.Fprintf(errOut, "the hub at %s is away (%v); waiting for it …\n", f.url, reason)
		case state == remote.Open && away:
			fmt.Fprintln(errOut, "the hub is back")
		}
		away = state == remote.Reconnecting
	}
}

// asOrigin returns the origin to be of: that of a page which the hub serves itself, if
// nothing else is said.
func (f *hubFlags) asOrigin() string {
	if f.origin != "" {
		return string(f.origin)
	}
	own, err := entangle.ParseOrigin(strings.Replace(string(f.url), "ws", "http", 1))
	if err != nil {
		return "" // the browser's parser takes less than Go's; Dial says what comes of it
	}
	return own.String()
}

func (f *hubFlags) explain(ctx context.Context, err error) error {
	var refused *remote.Error
	var name *net.DNSError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no hub answers at %s.\nStart one with 'entangle serve', or name another with --hub ADDRESS", f.url)
	case errors.As(err, &name):
		return fmt.Errorf("there is no host %q; is --hub %s right?", name.Name, f.url)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the hub at %s did not answer within %v", f.url, dialTimeout)
	case errors.As(err, &refused):
		return fmt.Errorf("the hub at %s refuses: %s%s", f.url, refused.Text, f.originHint())
	case isSyntaxError(err): // about --origin
		return usageError{err}
	}
	return fmt.Errorf("%w\nIs %s the address of a hub? 'entangle serve' prints its own", err, f.url)
}

func (f *hubFlags) originHint() string {
	if f.origin == "" {
		return ""
	}
	return "; does it allow --origin " + string(f.origin) + "?"
}

// lost is the error of a command whose client has ended by itself.
func (f *hubFlags) lost(err error) error {
	return fmt.Errorf("the connection to %s ended: %w", f.url, err)
}

// ask makes a call that waits for the hub, which may be away. The end of ctx breaks it off, with
// the client.
func ask[T any](ctx context.Context, client *remote.Client, name string, call func(name string) (T, error)) (T, error) {
	stop := context.AfterFunc(ctx, func() { client.Close() })
	defer stop()
	result, err := call(name)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return result, err
}

// leave closes the client and returns the first error of the two.
func leave(client *remote.Client, err error) error {
	if closing := client.Close(); err == nil {
		return closing
	}
	return err
}
