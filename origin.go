package entangle

import (
	"strings"
	"sync/atomic"
	"unique"

	"github.com/nlnwa/whatwg-url/url"
)

// Origin is an origin: a tuple of scheme, host and port, or an opaque one. Two origins are the same
// if they are ==; an opaque origin equals only itself. The zero value is no origin.
//
// https://html.spec.whatwg.org/multipage/browsers.html#concept-origin
type Origin struct{ of unique.Handle[originTuple] }

type originTuple struct {
	scheme, host, port string // port is "" for the scheme's default
	opaque             uint64 // not 0: the number of an opaque origin
}

var opaqueOrigins atomic.Uint64

// NewOpaqueOrigin returns a new opaque origin.
func NewOpaqueOrigin() Origin {
	return Origin{unique.Make(originTuple{opaque: opaqueOrigins.Add(1)})}
}

// ParseOrigin returns the origin of a URL, such as "https://example.com" or
// "https://example.com:8443/path". URLs of other schemes than http, https, ws, wss and ftp have a
// new opaque origin each time. The error is a SyntaxError.
//
// https://url.spec.whatwg.org/#origin
func ParseOrigin(rawURL string) (Origin, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Origin{}, syntaxError("%q is not a URL: %v", rawURL, err)
	}
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return Origin{unique.Make(originTuple{scheme: u.Scheme(), host: u.Hostname(), port: u.Port()})}, nil
	case "blob": // FIXME: no blob URL store; the origin is that of the path
		path, err := url.Parse(u.Pathname())
		if err == nil && (path.Scheme() == "http" || path.Scheme() == "https") {
			return Origin{unique.Make(originTuple{scheme: path.Scheme(), host: path.Hostname(), port: path.Port()})}, nil
		}
	}
	return NewOpaqueOrigin(), nil
}

// IsZero reports whether o is no origin.
func (o Origin) IsZero() bool { return o == Origin{} }

// Opaque reports whether o is an opaque origin.
func (o Origin) Opaque() bool { return !o.IsZero() && o.of.Value().opaque != 0 }

// String returns the serialization: "https://example.com", "null" for an opaque
// origin, "" for none.
//
// https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
func (o Origin) String() string {
	if o.IsZero() {
		return ""
	}
	v := o.of.Value()
	switch {
	case v.opaque != 0:
		return "null"
	case v.port != "":
		return v.scheme + "://" + v.host + ":" + v.port
	}
	return v.scheme + "://" + v.host
}

// potentiallyTrustworthy reports whether pages of the origin can be secure contexts.
//
// https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
func (o Origin) potentiallyTrustworthy() bool {
	if o.IsZero() || o.Opaque() {
		return false
	}
	v := o.of.Value()
	return v.scheme == "https" || v.scheme == "wss" ||
		v.host == "localhost" || strings.HasSuffix(v.host, ".localhost") ||
		v.host == "[::1]" || loopbackIPv4(v.host)
}

// loopbackIPv4 reports whether a host, as the URL parser serializes it, is an address in
// 127.0.0.0/8. A domain never ends in a number.
func loopbackIPv4(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.HasPrefix(host, "127.") && strings.Trim(last, "0123456789") == ""
}

// StorageKey says whose BroadcastChannels and connectTo names one sees: those of the same origin in
// the same partition. Two are the same if they are ==.
//
// https://storage.spec.whatwg.org/#storage-key
type StorageKey struct {
	Origin    Origin
	Partition string // e.g. the top-level site, or the user; "" is a partition too
}
