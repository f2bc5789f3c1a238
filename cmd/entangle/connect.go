package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/remote"
)

func newConnectCommand() *cobra.Command {
	var c conversation
	command := &cobra.Command{
		Use:   "connect NAME",
		Short: "Talk to the listener of a name",
		Long: `Connects to the page or program that listens with that name, and waits until there is one.
Then it posts every line of the input, a JSON value, as a message, and prints every message that
comes as one line. It ends when the other side closes or is gone, with Ctrl-C, when nobody reads its
output any more, or
  --count N   when N messages have come, however much of the input was posted by then
  --close     when it has posted all of the input, without waiting for answers
  both        when it has posted all of the input and N messages have come
While the hub is away, for at most two minutes, posted messages wait.

With --timeout it fails, with exit status 3, if by then it has found no listener, or if the
messages of --count have not come.

It finds only listeners of your own origin and user. --target-origin looks for a service of
another origin instead.

` + printedForms,
		Example: `  entangle connect chat
  entangle connect contacts --target-origin http://127.0.0.1:8081
  echo '{"type":"search"}' | entangle connect db --count 1 --timeout 10s
  echo '{"type":"search"}' | entangle connect db | head -n 1
  echo '"the build is done"' | entangle connect chat --close`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, arguments []string) error {
			switch flags := command.Flags(); {
			case flags.Changed("count") && c.count == 0:
				return usageError{errors.New("--count 0: want at least 1; --close ends it without an answer")}
			case flags.Changed("timeout") && c.timeout <= 0:
				return usageError{fmt.Errorf("--timeout %v: want a positive time, such as 10s", c.timeout)}
			}
			c.name, c.in, c.out, c.errOut = arguments[0], command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()
			return c.connect(command.Context())
		},
	}
	c.hub.add(command)
	flags := command.Flags()
	flags.Var(&c.target, "target-origin", "look for a service of this `ORIGIN`")
	flags.UintVar(&c.count, "count", 0, "end when `N` messages have come")
	flags.BoolVar(&c.close, "close", false, "end when all of the input was posted, and --count messages have come")
	flags.DurationVar(&c.timeout, "timeout", 0, "wait no longer than this `DURATION`, such as 10s, for a listener and for --count")
	for _, name := range []string{"target-origin", "count", "timeout"} {
		must(command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return command
}

// conversation is one port at a terminal.
type conversation struct {
	hub         hubFlags
	name        string
	target      originValue
	count       uint // messages that end it; 0: they do not
	close       bool // the end of the input ends it
	timeout     time.Duration
	in          io.Reader
	out, errOut io.Writer
	client      *remote.Client
}

// The reasons for which this side ends a conversation.
var (
	errTooLate = errors.New("timeout")
	errReached = errors.New("all that was asked for is done")
	errUnread  = errors.New("nobody reads what is printed")
)

func (c *conversation) connect(ctx context.Context) (err error) {
	waiting, cancel := context.WithCancel(ctx)
	if c.timeout > 0 {
		waiting, cancel = context.WithTimeoutCause(ctx, c.timeout, errTooLate)
	}
	defer cancel()
	c.client, err = c.hub.dial(waiting, c.errOut)
	switch {
	case err != nil && context.Cause(waiting) == errTooLate:
		return c.tooLate("the hub at %s did not answer", c.hub.url)
	case err != nil:
		return err
	}
	defer func() { err = leave(c.client, err) }()
	fmt.Fprintf(c.errOut, "waiting for %q (as %s, user %s) …\n", c.name, c.client.Origin(), c.client.User())
	var port *entangle.MessagePort
	if c.target == "" {
		port, err = c.client.ConnectTo(waiting, c.name)
	} else {
		port, err = c.client.ConnectToService(waiting, string(c.target), c.name)
	}
	switch {
	case err != nil && context.Cause(waiting) == errTooLate:
		return c.tooLate("nobody listened for %q%s", c.name, c.absence())
	case isSyntaxError(err):
		return usageError{err}
	case isRefused(err) && c.client.Err() == nil: // the request, not the client
		return err
	case errors.Is(err, entangle.ErrLost):
		return c.hub.lost(err)
	case err != nil:
		return err
	}
	fmt.Fprintln(c.errOut, "connected")
	if c.count > 0 {
		ctx = waiting
	}
	return c.talk(ctx, port)
}

// tooLate returns the error that says what did not happen in time.
func (c *conversation) tooLate(format string, arguments ...any) error {
	return notInTimeError{fmt.Sprintf(format, arguments...) + fmt.Sprintf(" within %v", c.timeout)}
}

// absence returns a text that says that the hub is away, "" if it is there.
func (c *conversation) absence() string {
	if c.client.State() == remote.Reconnecting {
		return ", as the hub is away,"
	}
	return ""
}

// talk posts the input and prints messages, until one side ends the conversation.
func (c *conversation) talk(ctx context.Context, port *entangle.MessagePort) error {
	defer port.Close()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	onUnread(c.out, func() { end(errUnread) })
	goal := goal{messages: c.count, input: c.close, never: c.count == 0 && !c.close}
	posted := make(chan error, 1)
	go func() {
		failed := c.post(ctx, port)
		if goal.inputEnded() {
			end(errReached)
		}
		posted <- failed
	}()
	came := uint(0)
	for event, err := range port.Messages(ctx) {
		if err != nil {
			port.Close() // whatever becomes of what is said here
			return c.ended(context.Cause(ctx), came, <-posted)
		}
		if err := printEvent(c.out, c.errOut, event); err != nil {
			return err
		}
		if event.Type != "message" {
			continue
		}
		came++
		if goal.messageCame() {
			end(errReached)
			return <-posted
		}
	}
	end(nil)
	failed := <-posted
	switch err := c.client.Err(); {
	case err != nil: // this side's connection, not the other's
		return errors.Join(c.hub.lost(err), failed)
	case isRefused(port.Err()), errors.Is(port.Err(), entangle.ErrLost) && c.client.State() == remote.Reconnecting:
		return errors.Join(c.hub.lost(port.Err()), failed)
	case came < c.count:
		return errors.Join(fmt.Errorf("%s after %d of %d messages", howEnded(port), came, c.count), failed)
	}
	fmt.Fprintln(c.errOut, howEnded(port))
	return failed
}

// ended ends a conversation on this side, for the reason why, and returns its error. failed is the
// error of posting the input.
func (c *conversation) ended(why error, came uint, failed error) error {
	switch {
	case why == errTooLate:
		return c.tooLate("%d of %d messages came%s", came, c.count, c.absence())
	case why == errReached && c.close && c.count == 0:
		fmt.Fprintln(c.errOut, "the input has ended; --close does not wait for answers (--count N does)")
	case why != errReached && why != errUnread && (c.count > 0 || c.close): // Ctrl-C, before it was done
		return why
	}
	return failed
}

// howEnded returns a text that says what the other side did.
func howEnded(port *entangle.MessagePort) string {
	if errors.Is(port.Err(), entangle.ErrLost) {
		return "the other side is gone"
	}
	return "closed by the other side"
}

// goal knows when a conversation has done what the user asked for. Its methods may be called
// concurrently; each reports whether that is now.
type goal struct {
	mu       sync.Mutex
	messages uint // still to come
	input    bool // its end is still to come
	never    bool // the other side, or Ctrl-C, ends the conversation
}

func (g *goal) messageCame() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.messages > 0 {
		g.messages--
	}
	return g.reached()
}

func (g *goal) inputEnded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.input = false
	return g.reached()
}

func (g *goal) reached() bool { return !g.never && g.messages == 0 && !g.input }

// post posts the values of the input, until the input or ctx ends.
func (c *conversation) post(ctx context.Context, port *entangle.MessagePort) (failed error) {
	for l := range lines(ctx, c.in) {
		err := l.err
		if err == nil {
			if err = port.Post(ctx, l.value); err != nil {
				err = fmt.Errorf("line %d: %w", l.number, err)
			}
		}
		if err != nil && !over(err) {
			failed = errors.New("some lines were not posted")
			fmt.Fprintf(c.errOut, "entangle: %v\n", err)
		}
	}
	return failed
}

// over reports whether an error only says that the conversation has ended; the receiving
// side reports that.
func over(err error) bool {
	return errors.Is(err, entangle.ErrClosed) || errors.Is(err, entangle.ErrLost) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

// isRefused reports whether an error says that the hub refused something.
func isRefused(err error) bool {
	return errors.Is(err, entangle.CloseError{Reason: entangle.ReasonRefused})
}

// printEvent prints a message as one line, and closes the ports in it.
func printEvent(out, errOut io.Writer, event *entangle.MessageEvent) error {
	if event.Type != "message" {
		fmt.Fprintf(errOut, "entangle: a message could not be read: %v\n", event.Err())
		return nil
	}
	_, err := out.Write(append(printValue(event.Data(), event.Ports), '\n'))
	for _, port := range event.Ports {
		port.Close()
	}
	return err
}

// isSyntaxError reports whether an error says that a name or an origin is invalid.
func isSyntaxError(err error) bool { return errors.Is(err, &clone.DOMException{Name: "SyntaxError"}) }
