package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/entangle-go/entangle/cmd/entangle/demo"
	"github.com/entangle-go/entangle/hub"
)

// hubPath is where each origin serves the hub.
const hubPath = "/entangle"

// endTime is how long requests under way may take when serve ends.
const endTime = 2 * time.Second

// siteOf describes the site that is served on the listeners.
func siteOf(listeners []net.Listener) demo.Site {
	host := func(i int) string { return listeners[i].Addr().String() }
	site := demo.Site{
		Social:   "http://" + host(0),
		Contacts: "http://" + host(1),
		Game:     "http://" + host(2),
		Hub:      "ws://" + host(0) + hubPath,
		User:     user,
		Command:  "go run ./cmd/entangle",
	}
	if host(0) != defaultListen {
		site.Flags = " --hub " + site.Hub
	}
	return site
}

// newServers makes a server for each origin: it serves the origin's pages and the hub, and on the
// first origin the hub's counters as JSON.
func newServers(site demo.Site, h *hub.Hub, log *slog.Logger) ([]*http.Server, error) {
	social, contacts, game, err := demo.Handlers(site)
	if err != nil {
		return nil, err
	}
	var servers []*http.Server
	for i, pages := range []http.Handler{social, contacts, game} {
		mux := http.NewServeMux()
		mux.Handle(hubPath, h)
		mux.Handle("/", pages)
		if i == 0 {
			mux.HandleFunc("GET "+hubPath+"/counters", h.ServeCounters)
		}
		servers = append(servers, &http.Server{
			Handler:           named(mux),
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		})
	}
	return servers, nil
}

// named adds the Server header to every answer, for another `entangle serve` that finds
// the port taken.
func named(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", serverName)
		h.ServeHTTP(w, r)
	})
}

// end ends the servers: requests under way have endTime left, then it breaks them off.
func end(servers []*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	for _, server := range servers {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
}

// banner returns the text that says where everything is.
func banner(site demo.Site) string {
	var b strings.Builder
	line := func(what, where, why string) { fmt.Fprintf(&b, "  %-9s %-34s %s\n", what, where, why) }
	fmt.Fprintf(&b, "Entangle is running. You are user %q, as is everybody on this machine.\n\n", site.User)
	line("hub", site.Hub, "for pages and programs")
	line("social", site.Social+"/", "the landing page: one document in two frames")
	line("", site.Social+"/document", "the document, to be opened in several windows")
	line("", site.Social+"/social", "a game may add one contact, across three origins")
	line("", site.Social+"/auth", "log out here, log out everywhere")
	line("contacts", site.Contacts+"/", "the contacts provider, with a Go service behind it")
	line("game", site.Game+"/", "the game")
	fmt.Fprintf(&b, "\nFrom another terminal: %s broadcast%s auth '\"logout\"'\nCtrl-C ends it.\n", site.Command, site.Flags)
	return b.String()
}
