package loader

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/nlnwa/whatwg-url/url"
)

// Options say where things are and what they may cost.
type Options struct {
	// Origins are the origins that the Go program serves itself, such as "http://localhost"; no socket
	// is opened for them.
	Origins map[string]http.Handler
	// HostRules are where host names really are, the first that matches, such as
	// "MAP *.example.com 127.0.0.1", "MAP example.com 10.0.0.1:8080", "MAP nowhere.example ~NOTFOUND"
	// or "EXCLUDE www.example.com".
	HostRules []string
	// Insecure accepts any certificate.
	Insecure bool
	// Timeout is how long one fetch may take, redirects included. 0: 30 s.
	Timeout time.Duration
	// MaxBody is how many bytes a body may have. 0: 64 MiB.
	MaxBody int64
	// UserAgent is the header of that name.
	UserAgent string
	// Blobs is the blob URL store.
	Blobs *bloburl.Store
}

// maxRedirects is how many redirects one fetch follows.
//
// https://fetch.spec.whatwg.org/#concept-http-redirect-fetch
const maxRedirects = 20

// ErrNetwork is what every failed fetch wraps: scripts learn no more than that.
var ErrNetwork = errors.New("network error")

// Loader fetches. See [New].
type Loader struct {
	options   Options
	rules     []rule
	transport *http.Transport
	jar       *cookiejar.Jar
}

// New returns a loader. The error is about HostRules.
func New(options Options) (*Loader, error) {
	rules, err := parseRules(options.HostRules)
	if err != nil {
		return nil, err
	}
	if options.Timeout == 0 {
		options.Timeout = 30 * time.Second
	}
	if options.MaxBody == 0 {
		options.MaxBody = 64 << 20
	}
	if options.Blobs == nil {
		options.Blobs = &bloburl.Store{}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	l := &Loader{options: options, rules: rules, jar: jar}
	l.transport = &http.Transport{
		DialContext:         l.dial,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: options.Insecure}, //nolint:gosec // asked for by name
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     20 * time.Second,
	}
	return l, nil
}

// Close drops idle connections.
func (l *Loader) Close() { l.transport.CloseIdleConnections() }

// Blobs returns the blob URL store.
func (l *Loader) Blobs() *bloburl.Store { return l.options.Blobs }

// DialContext connects to an address under the host rules; for protocols other than HTTP.
func (l *Loader) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return l.dial(ctx, network, address)
}

// TLSConfig returns what TLS connections of the host are made with.
func (l *Loader) TLSConfig() *tls.Config { return l.transport.TLSClientConfig.Clone() }

// Handler returns the handler that serves the origin in this program, or nil.
func (l *Loader) Handler(origin string) http.Handler { return l.options.Origins[origin] }

// Mode is a request's mode.
//
// https://fetch.spec.whatwg.org/#concept-request-mode
type Mode int

const (
	NoCORS     Mode = iota // anything may be had, but what is of another origin is opaque
	Navigate               // a document
	SameOrigin             // only from the same origin
	CORS                   // from other origins only if they allow it
)

// RedirectMode says what happens at a redirect.
type RedirectMode int

const (
	Follow RedirectMode = iota
	RedirectError
	RedirectManual
)

// Request is what is to be fetched, and who asks.
type Request struct {
	URL      string // absolute
	Method   string // "": GET
	Header   http.Header
	Body     []byte
	Mode     Mode
	Redirect RedirectMode
	Origin   entangle.Origin     // who asks
	Key      entangle.StorageKey // whose blob URLs it sees; zero: Origin's
	// OmitCredentials sends and takes no cookies. In mode CORS they go to the same origin only, unless
	// IncludeCredentials is set.
	OmitCredentials, IncludeCredentials bool
	Referrer                            string // URL of who asks, or ""
	ReferrerPolicy                      string // how much of it the server is told; "": strict-origin-when-cross-origin
	Destination                         string // "document", "script", "worker", ..., "" for fetch()
	MaxBody                             int64  // 0: the loader's limit

	blob *bloburl.Entry // what a blob URL stood for when the request was made
}

// Resolve looks up what a blob: URL stands for now, so that revoking it afterwards does not matter.
func (l *Loader) Resolve(r *Request) {
	if r.blob == nil && strings.HasPrefix(r.URL, "blob:") {
		if e, ok := l.options.Blobs.Lookup(r.URL); ok {
			r.blob = &e
		}
	}
}

// Response is what came.
type Response struct {
	URL        string // after redirects, with the fragment
	Status     int
	StatusText string
	Header     http.Header
	Body       []byte
	Redirected bool
	// CrossOrigin: it came from another origin than the request's, or over one. Without CORS script
	// may not look into it.
	CrossOrigin bool
	// Origin is that of the URL; a blob's is that of its maker, and that of a data: URL is a
	// new opaque one.
	Origin entangle.Origin
}

// OK reports whether the status says success.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status <= 299 }

// networkError returns an error that says what failed.
func networkError(r *Request, format string, args ...any) error {
	return fmt.Errorf("%w: %.300s: %s", ErrNetwork, r.URL, fmt.Sprintf(format, args...))
}

// Fetch fetches. It blocks until the whole body is there. The error wraps ErrNetwork.
//
// https://fetch.spec.whatwg.org/#concept-main-fetch
func (l *Loader) Fetch(ctx context.Context, r *Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	l.Resolve(r)
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, networkError(r, "not a URL")
	}
	switch u.Scheme() {
	case "data":
		return l.fetchData(r)
	case "blob":
		return l.fetchBlob(r)
	case "http", "https":
		return l.fetchHTTP(ctx, r, u)
	}
	return nil, networkError(r, "cannot fetch URLs of this scheme")
}

// fetchBlob answers from the blob URL store.
//
// https://fetch.spec.whatwg.org/#scheme-fetch
func (l *Loader) fetchBlob(r *Request) (*Response, error) {
	if r.blob == nil {
		return nil, networkError(r, "no such blob URL")
	}
	if m := r.Method; m != "" && m != http.MethodGet {
		return nil, networkError(r, "a blob URL can only be got")
	}
	key := r.Key
	if key.Origin.IsZero() {
		key = entangle.StorageKey{Origin: r.Origin}
	}
	if r.Mode != Navigate && r.blob.Key != key {
		return nil, networkError(r, "the blob URL is another site's")
	}
	header := http.Header{"Content-Length": {fmt.Sprint(len(r.blob.Data))}}
	if r.blob.Type != "" {
		header.Set("Content-Type", r.blob.Type)
	}
	return &Response{URL: r.URL, Status: 200, StatusText: "OK", Header: header, Body: r.blob.Data, Origin: r.blob.Origin}, nil
}

func (l *Loader) fetchData(r *Request) (*Response, error) {
	contentType, body, err := parseDataURL(r.URL)
	if err != nil {
		return nil, networkError(r, "%v", err)
	}
	return &Response{
		URL: r.URL, Status: 200, StatusText: "OK", Body: body,
		Header: http.Header{"Content-Type": {contentType}},
		Origin: entangle.NewOpaqueOrigin(),
	}, nil
}
