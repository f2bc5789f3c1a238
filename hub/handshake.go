package hub

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// refusal is why a request is not served.
type refusal struct {
	status int
	text   string
}

const wrongHost = "this hub does not serve the host that the request names"

// ServeHTTP makes a WebSocket of a request and serves it, or says why not.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, refused := h.admit(r)
	if refused != nil {
		h.counts.refused.Add(1)
		h.log.Info("hub: handshake refused", "status", refused.status, "reason", refused.text, "host", r.Host, "origin", r.Header.Get("Origin"))
		http.Error(w, refused.text, refused.status)
		return
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is the address of a WebSocket", http.StatusUpgradeRequired)
		return
	}
	if err := h.mayOpen(); err != nil {
		h.counts.refused.Add(1)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	raw, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	link := &webSocket{net: &socketConn{Conn: raw}}
	conn, err := h.upgrader.UpgradeFromConn(link.net, smaller(buffered.Reader, link.net), r)
	if err != nil {
		h.counts.refused.Add(1)
		return // gws has answered
	}
	link.conn = conn
	if link.session, err = h.newSession(who, link); err != nil {
		conn.WriteClose(protocol.CodeTooMany, []byte(err.Error()))
		return
	}
	conn.Session().Store(sessionKey, link.session)
	h.work.Go(conn.ReadLoop) // not on this goroutine, which would keep the request
}

// smaller is a reader of conn with a smaller buffer than the one that net/http has used, and
// what is in that.
func smaller(used *bufio.Reader, conn net.Conn) *bufio.Reader {
	var from io.Reader = conn
	if rest, _ := used.Peek(used.Buffered()); len(rest) > 0 {
		from = io.MultiReader(bytes.NewReader(bytes.Clone(rest)), conn)
	}
	return bufio.NewReaderSize(from, readBuffer)
}

// admit tells who makes a request, or why it is not served.
func (h *Hub) admit(r *http.Request) (Identity, *refusal) {
	local := h.loopbackHosts(r)
	if !h.servesHost(strings.ToLower(r.Host), local) {
		return Identity{}, &refusal{http.StatusMisdirectedRequest, wrongHost}
	}
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
	if len(origins) == 1 {
		who.Origin, who.Opaque, who.Service = origins[0], origins[0] == "null", false
	}
	return who, nil
}

// loopbackHosts are what a Host header may say for a request that came in on a loopback address:
// such an address, in a form that no name server can answer for (browsers resolve localhost
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
	return slices.Contains(h.options.Origins, origin) ||
		origin != "null" && slices.Contains(h.options.Origins, "*") ||
		slices.ContainsFunc(local, func(host string) bool { return origin == scheme+host })
}
