package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

func newListenCommand() *cobra.Command {
	var hub hubFlags
	var events bool
	command := &cobra.Command{
		Use:   "listen NAME",
		Short: "Take connections by a name",
		Long: `Registers a name and takes every connection to it. It prints every message that comes as
one line, and posts every line of the input, a JSON value, to all connections. It ends with
Ctrl-C, or when nobody reads its output any more; the end of the input does not end it. While the
hub is away it waits, and so do all connections.

With --json each line says which connection it is about. Output:
  {"connection":1,"event":"connect","origin":"http://127.0.0.1:8080","user":"dev"}
  {"connection":1,"event":"message","data":…}
  {"connection":1,"event":"messageerror"}
  {"connection":1,"event":"close"}
Input:
  {"connection":1,"data":…}      for one connection
  {"data":…}                     for all of them
  {"connection":1,"event":"close"}

Callers of your own origin and user reach it; with --service, all callers that name your
origin as their target. The hub vouches for the origin and user of a caller.

` + printedForms,
		Example: `  entangle listen chat
  entangle listen chat --json | jq .data
  entangle listen time --service --origin http://127.0.0.1:8081`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, arguments []string) error {
			client, err := hub.dial(command.Context(), command.ErrOrStderr())
			if err != nil {
				return err
			}
			r := reception{
				hub: &hub, client: client, events: events, open: map[int]*entangle.MessagePort{},
				in: command.InOrStdin(), out: command.OutOrStdout(), errOut: command.ErrOrStderr(),
			}
			return leave(client, r.listen(command.Context(), arguments[0]))
		},
	}
	hub.add(command)
	command.Flags().BoolVar(&hub.service, "service", false, "be a service of your origin, for callers of all origins")
	command.Flags().BoolVar(&events, "json", false, "lines say which connection they are about")
	return command
}

// reception is a name that listens at a terminal, with all of its connections.
type reception struct {
	hub    *hubFlags
	client *remote.Client
	events bool
	in     io.Reader

	mu          sync.Mutex // guards the fields below
	open        map[int]*entangle.MessagePort
	out, errOut io.Writer
}

func (r *reception) listen(ctx context.Context, name string) error {
	listener, err := r.client.Listen(ctx, name)
	switch {
	case isSyntaxError(err):
		return usageError{err}
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return fmt.Errorf("cannot listen for %q: %w", name, err)
	}
	defer listener.Close()
	r.say("listening for %q (as %s, user %s); Ctrl-C ends it", name, r.client.Origin(), r.client.User())
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	onUnread(r.out, cancel)
	running.Go(func() { r.post(ctx) })
	number := 0
	for connection, err := range listener.Connections(ctx) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil // this is how it is meant to end
		case err != nil:
			return r.hub.lost(err)
		}
		number++
		own := number // the next may come before this one is served
		running.Go(func() { r.serve(ctx, own, connection) })
	}
	return nil
}

// serve prints the messages of one connection.
func (r *reception) serve(ctx context.Context, number int, c *remote.Connection) {
	defer c.Port.Close()
	r.mu.Lock()
	r.open[number] = c.Port
	r.mu.Unlock()
	r.tell(number, "connect", "origin", c.Origin, "user", c.User)
	for event, err := range c.Port.Messages(ctx) {
		if err != nil {
			break // of the client or of the command, which reports it
		}
		r.print(number, event)
	}
	r.mu.Lock()
	delete(r.open, number)
	r.mu.Unlock()
	r.tell(number, "close")
}

func (r *reception) print(number int, event *entangle.MessageEvent) {
	switch {
	case !r.events:
		r.mu.Lock()
		defer r.mu.Unlock()
		printEvent(r.out, r.errOut, event)
	case event.Type != "message":
		r.tell(number, event.Type)
	default:
		r.mu.Lock()
		defer r.mu.Unlock()
		var data bytes.Buffer
		printEvent(&data, r.errOut, event)
		fmt.Fprintf(r.out, `{"connection":%d,"event":"message","data":%s}`+"\n", number, bytes.TrimSuffix(data.Bytes(), []byte("\n")))
	}
}

// tell prints an event of a connection.
func (r *reception) tell(number int, event string, more ...string) {
	if !r.events {
		text := fmt.Sprintf("%d: %s", number, event)
		for _, m := range more {
			text += " " + m
		}
		r.say("%s", text)
		return
	}
	text := fmt.Appendf(nil, `{"connection":%d,"event":%q`, number, event)
	for i := 0; i < len(more); i += 2 {
		text = fmt.Appendf(text, `,%q:%s`, more[i], printValue(more[i+1], nil))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, "%s}\n", text)
}

func (r *reception) say(format string, arguments ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.errOut, format+"\n", arguments...)
}

// post posts what is read, until the input or ctx ends.
func (r *reception) post(ctx context.Context) {
	for l := range lines(ctx, r.in) {
		err := l.err
		switch {
		case err != nil:
		case r.events:
			err = r.obey(ctx, l)
		default:
			err = r.postTo(ctx, 0, l.value)
		}
		if err != nil {
			r.say("entangle: %v", err)
		}
	}
}

// obey carries out a line of input with --json.
func (r *reception) obey(ctx context.Context, l line) error {
	object, _ := l.value.(map[string]any)
	data, isMessage := object["data"]
	number, _ := object["connection"].(float64)
	switch {
	case isMessage:
		return r.postTo(ctx, int(number), data)
	case object["event"] == "close":
		for _, port := range r.ports(int(number)) {
			port.Close()
		}
		return nil
	}
	return fmt.Errorf(`line %d says neither {"connection":…,"data":…} nor {"connection":…,"event":"close"}`, l.number)
}

// postTo posts to one connection, or to all if number is 0.
func (r *reception) postTo(ctx context.Context, number int, value any) error {
	ports := r.ports(number)
	if number != 0 && len(ports) == 0 {
		return fmt.Errorf("there is no connection %d", number)
	}
	var failed error
	for _, port := range ports {
		if err := port.Post(ctx, value); err != nil && !over(err) {
			failed = err
		}
	}
	return failed
}

// ports returns the port of one open connection, or of all if number is 0.
func (r *reception) ports(number int) []*entangle.MessagePort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ports []*entangle.MessagePort
	for n, port := range r.open {
		if n == number || number == 0 {
			ports = append(ports, port)
		}
	}
	return ports
}
