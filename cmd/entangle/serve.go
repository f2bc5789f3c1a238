package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/spf13/cobra"

	"github.com/entangle-go/entangle/cmd/entangle/demo"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// defaultListen is the address at which defaultHub listens.
const defaultListen = "127.0.0.1:8080"

// user is the name of every user as long as there are no tokens.
const user = "dev"

func newServeCommand() *cobra.Command {
	var listen, keyFile string
	var origins []string
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run a hub and the demo pages on this machine",
		Long: `Runs a hub on this machine and serves the demo pages, on three ports, each of which is
an origin of its own. Ctrl-C ends it; a second Ctrl-C ends it at once.

Without tokens everybody on this machine is user "` + user + `", so it listens on loopback
addresses only.

If you end or kill the hub and start it again within two minutes with the same key, its clients
come back with their ports. The command keeps the key in the user's state folder
($XDG_STATE_HOME/entangle/hub.key, or ~/.local/state/entangle/hub.key), or in the file that
--key-file names: a text file that only its owner can read, with one key a line, in base64 or hex,
of at least 32 bytes. The first line is the present key; the others are former keys, which the hub
needs until the clients from that time have come back. '#' begins a comment.`,
		Example: `  entangle serve                        # ports 8080, 8081 and 8082
  entangle serve --listen 127.0.0.1:0   # any three free ports
  entangle serve --allow-origin http://localhost:3000   # pages of your own, served elsewhere
  (umask 077; openssl rand -base64 32 > hub.key)
  entangle serve --key-file hub.key     # with a key of your own`,
		Args:              cobra.ExactArgs(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			return serve(command.Context(), listen, keyFile, origins, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	command.Flags().StringVar(&listen, "listen", defaultListen, "loopback `HOST:PORT` of the first of three ports; port 0 takes free ones")
	must(command.RegisterFlagCompletionFunc("listen", cobra.NoFileCompletions))
	command.Flags().StringArrayVar(&origins, "allow-origin", nil, "`ORIGIN` of further pages that may connect; may be repeated")
	must(command.RegisterFlagCompletionFunc("allow-origin", cobra.NoFileCompletions))
	command.Flags().StringVar(&keyFile, "key-file", "", "`FILE` of the hub's keys, one a line (default: one in the user's state folder)")
	return command
}

// serve runs until ctx ends, and then returns nil, or until one of its parts fails.
func serve(ctx context.Context, listen, keyFile string, origins []string, out, errOut io.Writer) error {
	listeners, err := listenOrigins(listen)
	if err != nil {
		return err
	}
	defer closeAll(listeners)
	keys, err := hubKeys(keyFile, errOut)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(errOut, nil))
	site, ports := siteOf(listeners), []int{}
	for _, listener := range listeners {
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	h, err := hub.New(hub.Options{Origins: origins, Ports: ports, Secrets: keys, Logger: log})
	if err != nil { // the rest of the options is not the user's, or was checked
		return usageError{fmt.Errorf("--allow-origin: %w", err)}
	}
	defer h.Close()
	servers, err := newServers(site, h, log)
	if err != nil {
		return err
	}
	client, contacts, err := listenContacts(ctx, h, site)
	if err != nil {
		return err
	}
	defer client.Close()

	var running sync.WaitGroup
	defer running.Wait()
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what ends by ctx itself would look like a failure
	defer cancel()
	failed := make(chan error, len(servers)+1)
	running.Go(func() {
		provider := demo.NewContacts(site.Contacts, site.Social)
		failed <- fmt.Errorf("the contacts service: %w", provider.Serve(serving, contacts.Connections(serving)))
	})
	for i, server := range servers {
		running.Go(func() { failed <- server.Serve(listeners[i]) })
	}
	fmt.Fprint(out, banner(site))

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel()
	client.Close()
	h.Close() // its WebSockets are no business of the servers any more
	end(servers)
	return err
}

// listenContacts makes the contacts provider a service of its origin, at the hub of
// the same process.
func listenContacts(ctx context.Context, h *hub.Hub, site demo.Site) (*remote.Client, *remote.Listener, error) {
	const name = "contacts"
	pipe, err := h.Pipe(hub.Identity{User: user, Origin: site.Contacts, Service: true, Services: []string{name}})
	if err != nil {
		return nil, nil, err
	}
	client, err := remote.Attach(ctx, pipe, remote.Options{Service: true, Linger: endTime})
	if err != nil {
		return nil, nil, err
	}
	listener, err := client.Listen(ctx, name)
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return client, listener, nil
}
