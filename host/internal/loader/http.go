package loader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/nlnwa/whatwg-url/url"
)

// fetchHTTP fetches by HTTP and follows redirects.
//
// https://fetch.spec.whatwg.org/#http-fetch, https://fetch.spec.whatwg.org/#http-redirect-fetch
func (l *Loader) fetchHTTP(ctx context.Context, r *Request, u *url.Url) (*Response, error) {
	hop := &hop{Request: r, url: u, method: r.Method, body: r.Body}
	if hop.method == "" {
		hop.method = http.MethodGet
	}
	fragment := u.Hash()
	for redirects := 0; ; redirects++ {
		response, err := l.fetchOnce(ctx, hop)
		if err != nil {
			return nil, err
		}
		location := response.Header.Get("Location")
		if !isRedirect(response.Status) || location == "" || r.Redirect == RedirectManual {
			response.URL = hop.url.Href(true) + fragment
			response.Redirected = redirects > 0
			return response, nil
		}
		if r.Redirect == RedirectError || redirects == maxRedirects {
			return nil, networkError(r, "redirect to %.300s", location)
		}
		next, err := url.ParseRef(hop.url.Href(true), toUTF8(location))
		if err != nil || next.Scheme() != "http" && next.Scheme() != "https" {
			return nil, networkError(r, "redirect to %.300s", location)
		}
		if next.Hash() != "" {
			fragment = next.Hash()
		}
		hop.redirect(next, response.Status)
	}
}

// toUTF8 reads a header's bytes, which are UTF-8 or Latin-1, as a string.
func toUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// hop is a request on its way over redirects.
type hop struct {
	*Request
	url    *url.Url
	method string
	body   []byte
	// crossed: it went from one foreign origin to another, so that the Origin header says
	// nothing any more.
	crossed bool
	foreign bool // it was at another origin than the request's
}

// redirect goes on to the next URL.
//
// https://fetch.spec.whatwg.org/#http-redirect-fetch steps 10-13
func (h *hop) redirect(next *url.Url, status int) {
	here, _ := entangle.ParseOrigin(h.url.Href(true))
	there, _ := entangle.ParseOrigin(next.Href(true))
	if here != there && here != h.Origin {
		h.crossed = true
	}
	if (status == 301 || status == 302) && h.method == http.MethodPost || status == 303 && h.method != http.MethodGet &&
		h.method != http.MethodHead {
		h.method, h.body = http.MethodGet, nil
		h.Header = h.Header.Clone()
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"} {
			h.Header.Del(name)
		}
	}
	if here != there {
		h.Header = h.Header.Clone()
		h.Header.Del("Authorization")
	}
	h.url = next
}

// fetchOnce fetches without following redirects, and checks whether the request may
// have the response.
func (l *Loader) fetchOnce(ctx context.Context, h *hop) (*Response, error) {
	origin, err := entangle.ParseOrigin(h.url.Href(true))
	if err != nil {
		return nil, networkError(h.Request, "%v", err)
	}
	sameOrigin := origin == h.Origin && !h.crossed
	if h.Mode != Navigate && !sameOrigin {
		h.foreign = true
	}
	if h.Mode == SameOrigin && h.foreign {
		return nil, networkError(h.Request, "%s is another origin", origin)
	}
	request, err := l.newRequest(ctx, h, sameOrigin)
	if err != nil {
		return nil, err
	}
	credentials := h.sendsCredentials(sameOrigin)
	if credentials {
		for _, c := range l.jar.Cookies(cookieURL(h.url)) {
			request.AddCookie(c)
		}
	}
	reply, err := l.roundTrip(request, origin)
	if err != nil {
		return nil, networkError(h.Request, "%v", cause(err))
	}
	defer reply.Body.Close()
	if credentials {
		l.jar.SetCookies(cookieURL(h.url), reply.Cookies())
	}
	body, err := readBody(reply.Body, min(l.options.MaxBody, maxOr(h.MaxBody, l.options.MaxBody)))
	if err != nil {
		return nil, networkError(h.Request, "%v", err)
	}
	if h.Mode == CORS && h.foreign && !allowedByCORS(reply.Header, h) {
		return nil, networkError(h.Request, "%s does not allow it (CORS)", origin)
	}
	_, text, _ := strings.Cut(reply.Status, " ")
	return &Response{
		Status: reply.StatusCode, StatusText: text, Header: reply.Header, Body: body,
		CrossOrigin: h.foreign, Origin: origin,
	}, nil
}

func maxOr(n, otherwise int64) int64 {
	if n > 0 {
		return n
	}
	return otherwise
}

// cause drops what a client's error repeats of the request.
func cause(err error) error {
	var u *neturl.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// readBody reads a body that may have so many bytes.
func readBody(body io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("the body has more than %d bytes", limit)
	}
	return b, nil
}

// sendsCredentials reports whether cookies go with the request.
func (h *hop) sendsCredentials(sameOrigin bool) bool {
	switch {
	case h.OmitCredentials:
		return false
	case h.Mode == CORS && !h.IncludeCredentials:
		return sameOrigin
	}
	return true
}

// newRequest makes the request of one hop.
func (l *Loader) newRequest(ctx context.Context, h *hop, sameOrigin bool) (*http.Request, error) {
	target := requestURL(h.url)
	request := (&http.Request{
		Method: h.method, URL: target, Host: target.Host, Header: h.Header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if len(h.body) > 0 {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(h.body)), int64(len(h.body))
	}
	setDefault := func(name, value string) {
		if request.Header.Get(name) == "" && value != "" {
			request.Header.Set(name, value)
		}
	}
	setDefault("User-Agent", l.options.UserAgent)
	setDefault("Accept", accept[h.Destination])
	setDefault("Accept", "*/*")
	setDefault("Accept-Language", "en-US,en;q=0.9")
	setDefault("Referer", referrer(h.Referrer, h.ReferrerPolicy, h.url))
	destination := h.Destination
	if destination == "" {
		destination = "empty"
	}
	request.Header.Set("Sec-Fetch-Dest", destination)
	request.Header.Set("Sec-Fetch-Mode", [...]string{"no-cors", "navigate", "same-origin", "cors"}[h.Mode])
	if h.Mode == CORS && h.foreign || h.method != http.MethodGet && h.method != http.MethodHead {
		request.Header.Set("Origin", h.originHeader())
	}
	return request, nil
}

var accept = map[string]string{
	"document": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"iframe":   "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

func (h *hop) originHeader() string {
	if h.crossed || h.Origin.IsZero() {
		return "null"
	}
	return h.Origin.String()
}

// requestURL returns the URL as net/http wants it, without parsing it once more: what one parser
// accepts is not judged by another.
func requestURL(u *url.Url) *neturl.URL {
	path := u.Pathname()
	if path == "" {
		path = "/"
	}
	target := &neturl.URL{Scheme: u.Scheme(), Host: u.Host()}
	if strings.HasPrefix(path, "//") {
		target.Path, target.RawPath = path, path // an opaque path of this form would be taken for a host
		if plain, err := neturl.PathUnescape(path); err == nil {
			target.Path = plain
		}
	} else {
		target.Opaque = path
	}
	if search := u.Search(); search != "" {
		target.RawQuery = search[1:]
	}
	return target
}

// Referrer returns the referrer that a document of one URL tells another, under a policy.
func Referrer(from, policy, to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	return referrer(from, policy, u)
}

// referrer returns the Referer header.
//
// https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer
func referrer(from, policy string, to *url.Url) string {
	u, err := url.Parse(from)
	if from == "" || err != nil || u.Scheme() != "http" && u.Scheme() != "https" {
		return ""
	}
	u.SetUsername("")
	u.SetPassword("")
	origin, _ := entangle.ParseOrigin(from)
	target, _ := entangle.ParseOrigin(to.Href(true))
	// The whole URL, the origin, or nothing; a downgrade is a request that is less secure
	// than who asks.
	full, short, same, downgrade := u.Href(true), origin.String()+"/", origin == target, u.Scheme() == "https" && to.Scheme() == "http"
	switch policy {
	case "no-referrer":
		return ""
	case "origin":
		return short
	case "unsafe-url":
		return full
	case "same-origin":
		if same {
			return full
		}
		return ""
	case "strict-origin":
		if downgrade {
			return ""
		}
		return short
	case "no-referrer-when-downgrade":
		if downgrade {
			return ""
		}
		return full
	case "origin-when-cross-origin":
		if same {
			return full
		}
		return short
	}
	switch { // strict-origin-when-cross-origin
	case same:
		return full
	case downgrade:
		return ""
	}
	return short
}

// allowedByCORS is the CORS check.
//
// https://fetch.spec.whatwg.org/#concept-cors-check
func allowedByCORS(header http.Header, h *hop) bool {
	allowed := header.Get("Access-Control-Allow-Origin")
	if !h.IncludeCredentials && allowed == "*" {
		return true
	}
	if allowed == "" || allowed != h.originHeader() {
		return false
	}
	return !h.IncludeCredentials || header.Get("Access-Control-Allow-Credentials") == "true"
}
