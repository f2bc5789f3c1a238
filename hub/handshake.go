package hub

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// refusal is the reason for which the hub does not serve a request.
type refusal struct {
	status int
	text   string
}

const wrongHost = "this hub does not serve the host that the request names"

// ServeHTTP upgrades a request to a WebSocket and serves it, or answers with an error.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, refused := h.admit(r)
	if refused != nil {
		h.refuse(w, r, refused)
		return
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is the address of a WebSocket", http.StatusUpgradeRequired)
		return
	}
	if err := h.mayOpen(); err != nil {
		h.refuse(w, r, &refusal{http.StatusServiceUnavailable, err.Error()})
		return
	}
	m := new(meter)
	conn, err := h.upgrader.Upgrade(hijacker{w, m}, r, nil)
	if err != nil {
		return // the upgrader has answered, or there is nobody to answer any more
	}
	link := newWebSocket(conn, m)
	if _, err = h.newSession(who, link); err != nil {
		link.end(protocol.CodeTooMany, err.Error())
		conn.Close()
		return
	}
	h.work.Go(link.serve) // not on this goroutine, which would keep the request
}

// hijacker lets the upgrader have the connection with a meter, also through the wrappers of a
// middleware.
type hijacker struct {
	http.ResponseWriter
	meter *meter
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return metered(conn, h.meter), buffered, nil
}

func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, why *refusal) {
	h.counts.refused.Add(1)
	h.log.say(slog.LevelInfo, "hub: handshake refused", slog.Int("status", why.status), slog.String("reason", why.text),
		slog.String("host", r.Host), slog.String("origin", r.Header.Get("Origin")))
	http.Error(w, why.text, why.status)
}

// admit returns the identity of a request's client, or the refusal.
func (h *Hub) admit(r *http.Request) (Identity, *refusal) {
	local := h.loopbackHosts(r)
	if !h.servesHost(strings.ToLower(r.Host), local) {
		return Identity{}, &refusal{http.StatusMisdirectedRequest, wrongHost}
	}
	// A browser writes no Origin header without a value; such a header does not turn a page
	// into a program.
	origins := r.Header.Values("Origin")
	if len(origins) > 1 || len(origins) == 1 && !h.servesOrigin(origins[0], r.TLS != nil, local) {
		return Identity{}, &refusal{http.StatusForbidden, "pages of this origin may not connect to this hub"}
	}
	who := Identity{User: "dev", Service: true}
	switch {
	case h.options.Authenticate != nil:
		var err error
		if who, err = h.options.Authenticate(r); err != nil {
			return Identity{}, &refusal{http.StatusUnauthorized, err.Error()}
		}
	case local == nil:
		return Identity{}, &refusal{http.StatusForbidden, "without Authenticate a hub serves nobody but on loopback"}
	}
	who = normal(who)
	if len(origins) == 1 {
		if who.Origin != "" && who.Origin != origins[0] {
			return Identity{}, &refusal{http.StatusForbidden, "this client is known by another origin than the page's"}
		}
		who.Origin, who.Opaque, who.Service = origins[0], origins[0] == "null", false
	}
	return who, nil
}

// normal returns the identity with an opaque origin named as such.
func normal(who Identity) Identity {
	if who.Opaque {
		who.Origin = "null"
	}
	who.Opaque = who.Origin == "null"
	return who
}

// loopbackHosts are the valid Host headers of a request that came in on a loopback address: a
// loopback address in a form that no name server can answer for (browsers resolve localhost
// themselves), with the port of the connection or one of the options.
func (h *Hub) loopbackHosts(r *http.Request) (hosts []string) {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !local.IP.IsLoopback() {
		return nil
	}
	for _, n := range append([]int{local.Port}, h.options.Ports...) {
		port := ":" + strconv.Itoa(n)
		if n == 80 && r.TLS == nil || n == 443 && r.TLS != nil {
			port = ""
		}
		hosts = append(hosts, "127.0.0.1"+port, "localhost"+port, "[::1]"+port)
	}
	return hosts
}

func (h *Hub) servesHost(host string, local []string) bool {
	return slices.Contains(local, host) || slices.ContainsFunc(h.options.Origins, func(origin string) bool {
		u, err := url.Parse(origin)
		return origin == "*" || err == nil && u.Host != "" && u.Host == host
	})
}

func (h *Hub) servesOrigin(origin string, secure bool, local []string) bool {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	return origin != "*" && slices.Contains(h.options.Origins, origin) ||
		slices.Contains(h.options.Origins, "*") && len(origin) <= protocol.MaxOrigin && tupleOrigin(origin) ||
		slices.ContainsFunc(local, func(host string) bool { return origin == scheme+host })
}

// tupleOrigin reports whether an origin is written as browsers write those that are not opaque.
func tupleOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Scheme+"://"+strings.ToLower(u.Host) == origin
}
