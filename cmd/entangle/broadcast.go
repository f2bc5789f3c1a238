package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle/remote"
)

func newBroadcastCommand() *cobra.Command {
	var hub hubFlags
	command := &cobra.Command{
		Use:   "broadcast CHANNEL [MESSAGE]",
		Short: "Post to everybody on a channel, or join it",
		Long: `Posts one message, a JSON value, to every BroadcastChannel of that name of your own
origin and user, in any page or program, and ends. The hub does not report how many received it.

Without a message it joins the channel: it posts every line of the input, a JSON value, and
prints every message of others as one line, until Ctrl-C, or until nobody reads its output any
more.

` + printedForms,
		Example: `  entangle broadcast auth '"log out"'
  entangle broadcast prices '{"symbol":"X","price":1.5}'
  entangle broadcast prices                              # watch`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, arguments []string) (err error) {
			var message any
			if len(arguments) == 2 {
				if message, err = parseMessage([]byte(arguments[1])); err != nil {
					return usageError{fmt.Errorf("the message is %w", err)}
				}
			}
			client, err := hub.dial(command.Context(), command.ErrOrStderr())
			if err != nil {
				return err
			}
			defer func() {
				if err = leave(client, err); err == nil && len(arguments) == 2 {
					fmt.Fprintf(command.ErrOrStderr(), "posted to channel %q as %s, user %s; the hub does not report how many received it\n",
						arguments[0], client.Origin(), client.User())
				}
			}()
			channel, err := client.BroadcastChannel(command.Context(), arguments[0])
			switch {
			case isSyntaxError(err):
				return usageError{err}
			case errors.Is(err, context.Canceled):
				return err
			case err != nil:
				return hub.lost(err)
			case len(arguments) == 2:
				return channel.PostMessage(message)
			}
			return join(command.Context(), &hub, channel, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	hub.add(command)
	return command
}

// join posts the input's values and prints the messages of others, until ctx ends.
func join(ctx context.Context, hub *hubFlags, channel *remote.BroadcastChannel, in io.Reader, out, errOut io.Writer) error {
	fmt.Fprintf(errOut, "on channel %q; Ctrl-C leaves it\n", channel.Name())
	ctx, cancel := context.WithCancel(ctx)
	onUnread(out, cancel)
	var posting sync.WaitGroup
	posting.Go(func() { postLines(ctx, channel, in, errOut) })
	defer posting.Wait()
	defer cancel()
	for event, err := range channel.Messages(ctx) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil // this is how it is meant to end
		case err != nil:
			return hub.lost(err)
		}
		if err := printEvent(out, errOut, event); err != nil {
			return err
		}
	}
	return nil
}

func postLines(ctx context.Context, channel *remote.BroadcastChannel, in io.Reader, errOut io.Writer) {
	for l := range lines(ctx, in) {
		err := l.err
		if err == nil {
			err = channel.PostMessage(l.value)
		}
		if err != nil {
			fmt.Fprintf(errOut, "entangle: %v\n", err)
		}
	}
}
