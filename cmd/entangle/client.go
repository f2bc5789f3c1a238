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

// defaultHub is the hub that `entangle serve` runs by default.
const defaultHub = "ws://127.0.0.1:8080/entangle"

// dialTimeout is the time in which a hub has to answer.
const dialTimeout = 10 * time.Second

// hubFlags are the options that say which hub a command talks to, with which origin.
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

// must panics on an error that only a bug of this program can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// dial connects to the hub. Its error tells the user what to do.
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

// tellState returns a function that tells the user when the hub is away and when it is back. The
// client logs why the hub stays away; the command reports other ends of the client.
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

// asOrigin returns the origin that the command states: by default that of a page which the hub
// serves itself.
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

// lost returns the error of a command whose client has ended by itself.
func (f *hubFlags) lost(err error) error {
	return fmt.Errorf("the connection to %s ended: %w", f.url, err)
}

// leave closes the client and returns err, or else the error of closing.
func leave(client *remote.Client, err error) error {
	if closing := client.Close(); err == nil {
		return closing
	}
	return err
}
