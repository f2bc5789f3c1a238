package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/remote"
)

func newConnectCommand() *cobra.Command {
	var hub hubFlags
	var target originValue
	var end bool
	command := &cobra.Command{
		Use:   "connect NAME",
		Short: "Talk to whoever listens by a name",
		Long: `Connects to whoever listens by that name, a page or a program, and waits until
somebody does. Then every line of the input, a JSON value, is posted as a message, and
every message that comes is printed as one line. It ends when the other side closes or is gone, with
Ctrl-C, or, with --close, at the end of the input. While the hub is away, for two minutes at most,
what is posted waits.

Only listeners of one's own origin and user are found. --target-origin looks for a
service of another origin instead.

` + printedForms,
		Example: `  entangle connect chat
  entangle connect contacts --target-origin http://127.0.0.1:8081
  echo '{"type":"search"}' | entangle connect db | head -n 1`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := hub.dial(command.Context(), command.ErrOrStderr())
			if err != nil {
				return err
			}
			c := conversation{
				hub: &hub, client: client, endWithInput: end,
				in: command.InOrStdin(), out: command.OutOrStdout(), errOut: command.ErrOrStderr(),
			}
			return leave(client, c.connect(command.Context(), arguments[0], string(target)))
		},
	}
	hub.add(command)
	command.Flags().Var(&target, "target-origin", "look for a service of this `ORIGIN`")
	command.Flags().BoolVar(&end, "close", false, "close the port at the end of the input")
	must(command.RegisterFlagCompletionFunc("target-origin", cobra.NoFileCompletions))
	return command
}

// conversation is one port at a terminal.
type conversation struct {
	hub          *hubFlags
	client       *remote.Client
	endWithInput bool
	in           io.Reader
	out, errOut  io.Writer
}

func (c *conversation) connect(ctx context.Context, name, target string) error {
	fmt.Fprintf(c.errOut, "waiting for %q (as %s, user %s) …\n", name, c.client.Origin(), c.client.User())
	port, err := c.client.ConnectTo(ctx, name, remote.ConnectOptions{TargetOrigin: target})
	switch {
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
	return c.talk(ctx, port)
}

// talk posts what is read and prints what comes, until the port is closed.
func (c *conversation) talk(ctx context.Context, port *entangle.MessagePort) error {
	defer port.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	posted := make(chan error, 1)
	go func() { posted <- c.post(ctx, cancel, port) }()
	for event, err := range port.Messages(ctx) {
		if err != nil { // Ctrl-C, or the end of the input
			return <-posted
		}
		if err := printEvent(c.out, c.errOut, event); err != nil {
			return err
		}
	}
	cancel()
	failed := <-posted
	switch err := c.client.Err(); {
	case err != nil: // this side's connection, not the other's
		return errors.Join(c.hub.lost(err), failed)
	case isRefused(port.Err()), errors.Is(port.Err(), entangle.ErrLost) && c.client.State() == remote.Reconnecting:
		return errors.Join(c.hub.lost(port.Err()), failed)
	case errors.Is(port.Err(), entangle.ErrLost):
		fmt.Fprintln(c.errOut, "the other side is gone")
	default:
		fmt.Fprintln(c.errOut, "closed by the other side")
	}
	return failed
}

// post posts what is read. At the end of the input it calls end if the conversation ends with it.
func (c *conversation) post(ctx context.Context, end func(), port *entangle.MessagePort) (failed error) {
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
	if c.endWithInput {
		end()
	}
	return failed
}

// over reports whether an error only says that the conversation has ended, which the
// receiving side reports.
func over(err error) bool {
	return errors.Is(err, entangle.ErrClosed) || errors.Is(err, entangle.ErrLost) || errors.Is(err, context.Canceled)
}

// isRefused reports whether an error says that the hub did not want something.
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

// isSyntaxError reports whether an error says that a name or an origin is none.
func isSyntaxError(err error) bool { return errors.Is(err, &clone.DOMException{Name: "SyntaxError"}) }
