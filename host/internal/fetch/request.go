package fetch

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Request is the interface Request.
//
// https://fetch.spec.whatwg.org/#request-class
type Request struct {
	webidl.Platform
	content body
	header  *Headers
	source  *event.AbortSignal // what the signal depends on; nil for one that is never aborted
	signal  *event.AbortSignal // nil until asked for
	held    *qjs.Ref           // its wrapper, or that of source

	url, method                                                        string
	mode, credentials, redirect, cache, integrity, referrer, refPolicy string
	keepalive                                                          bool
	resolved                                                           *loader.Request // what a blob: URL stood for when the request was made
}

// Trace implements qjs.Tracer.
func (q *Request) Trace(visit func(*qjs.Ref)) {
	visit(q.held)
	visit(q.content.held)
}

func (q *Request) body() *body       { return &q.content }
func (q *Request) headers() *Headers { return q.header }

func requestText(name string, get func(*Request) string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(r *qjs.Realm, q *Request) (qjs.Value, error) { return r.String(get(q)), nil })}
}

// RequestInterface is the interface Request.
var RequestInterface = &webidl.Interface{
	Name: "Request", Exposed: webidl.Everywhere,
	ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		q, err := newRequest(c)
		if err != nil {
			return nil, err
		}
		return q, nil
	},
	Attributes: append([]webidl.Attribute{
		requestText("method", func(q *Request) string { return q.method }),
		requestText("url", func(q *Request) string { return q.url }),
		{Name: "headers", Get: webidl.Getter(func(r *qjs.Realm, q *Request) (qjs.Value, error) {
			return webidl.Wrap(r, HeadersInterface, q.header), nil
		})},
		requestText("destination", func(*Request) string { return "" }),
		requestText("referrer", func(q *Request) string { return q.referrer }),
		requestText("referrerPolicy", func(q *Request) string { return q.refPolicy }),
		requestText("mode", func(q *Request) string { return q.mode }),
		requestText("credentials", func(q *Request) string { return q.credentials }),
		requestText("cache", func(q *Request) string { return q.cache }),
		requestText("redirect", func(q *Request) string { return q.redirect }),
		requestText("integrity", func(q *Request) string { return q.integrity }),
		{Name: "keepalive", Get: webidl.Getter(func(_ *qjs.Realm, q *Request) (qjs.Value, error) { return qjs.Bool(q.keepalive), nil })},
		{Name: "signal", Get: webidl.Getter(func(r *qjs.Realm, q *Request) (qjs.Value, error) {
			if q.signal == nil {
				q.signal = event.NewDependentSignal(r, q.source)
				q.hold(r, q.signal)
			}
			return webidl.ValueOf(q.signal), nil
		})},
		requestText("duplex", func(*Request) string { return "half" }),
	}, bodyAttributes...),
}

// What makes further requests refers to the interface: that the language allows only here.
func init() {
	RequestInterface.Operations = append([]webidl.Operation{
		{Name: "clone", Func: webidl.Method(func(c *qjs.Call, q *Request) (qjs.Value, error) {
			if q.content.unusable() {
				return qjs.Value{}, webidl.TypeError("the body was read already, or is locked")
			}
			clone, err := q.clone(c.Realm)
			if err != nil {
				return qjs.Value{}, err
			}
			return webidl.Wrap(c.Realm, RequestInterface, clone), nil
		})},
	}, bodyOperations...)
}

func (q *Request) clone(r *qjs.Realm) (*Request, error) {
	content, err := q.content.clone(r)
	if err != nil {
		return nil, err
	}
	clone := *q
	clone.content = content
	clone.Platform = webidl.Platform{}
	clone.header = &Headers{list: append(headerList{}, q.header.list...), guard: q.header.guard}
	clone.signal, clone.held = nil, nil
	clone.hold(r, q.source)
	return &clone, nil
}

// hold keeps a signal as long as the request.
func (q *Request) hold(r *qjs.Realm, signal *event.AbortSignal) {
	q.held.Free()
	q.held = nil
	if signal != nil {
		q.held = r.Runtime().NewRef(webidl.ValueOf(signal))
	}
}

// newRequest is the constructor, of the first two arguments of a call.
//
// https://fetch.spec.whatwg.org/#dom-request
func newRequest(c *qjs.Call) (*Request, error) {
	s := settings.Of(c.Realm)
	// 1. The input is a request or a URL.
	q := &Request{
		method: http.MethodGet, mode: "cors", credentials: "same-origin", redirect: "follow", cache: "default", referrer: "about:client",
		header: &Headers{guard: guardRequest},
	}
	var from *Request
	var signal *event.AbortSignal
	if input, ok := webidl.As[*Request](c.Arg(0)); ok {
		from, signal = input, input.source
		inherited := *input
		inherited.Platform = webidl.Platform{}
		inherited.content = body{}
		inherited.header = &Headers{list: append(headerList{}, input.header.list...), guard: input.header.guard}
		q = &inherited
	} else if err := q.parseURL(c, s); err != nil {
		return nil, err
	}
	// 2. The members of init change it.
	init, err := webidl.ToDictionary(c.Realm, c.Arg(1), "RequestInit")
	if err != nil {
		return nil, err
	}
	bodyInit, headersInit, signal, half, err := q.apply(init, signal)
	if err != nil {
		return nil, err
	}
	q.source, q.signal, q.held = signal, nil, nil
	q.hold(c.Realm, signal)
	// 3. Headers.
	if q.mode == "no-cors" {
		if q.method != http.MethodGet && q.method != http.MethodHead && q.method != http.MethodPost {
			return nil, webidl.TypeError("%s is not a method of mode no-cors", q.method)
		}
		q.header.guard = guardRequestNoCORS
	}
	if headersInit != nil {
		q.header.list = nil
		if err := q.header.fill(c.Realm, *headersInit); err != nil {
			return nil, err
		}
	}
	// 4. The body is that of init, or moves out of the input.
	inherits := from != nil && from.content.present
	if (bodyInit != nil || inherits) && (q.method == http.MethodGet || q.method == http.MethodHead) {
		return nil, webidl.TypeError("a request of %s has no body", q.method)
	}
	if bodyInit == nil && inherits {
		if from.content.unusable() {
			return nil, webidl.TypeError("the body was read already, or is locked")
		}
		from.content.move(c.Realm, &q.content)
	}
	if bodyInit != nil {
		content, contentType, err := extract(c.Realm, *bodyInit)
		if err != nil {
			return nil, err
		}
		if content.given && !half {
			return nil, webidl.TypeError(`a body that is a stream needs duplex: "half"`)
		}
		q.content = content
		if contentType != "" && !q.header.list.has("content-type") {
			if err := q.header.append(c.Realm, "Content-Type", contentType); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// parseURL reads the URL of a request; what a blob: URL stands for is looked up at once.
func (q *Request) parseURL(c *qjs.Call, s *settings.Object) error {
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return err
	}
	record, parseErr := whatwg.ParseRef(s.BaseURL(), input)
	if parseErr != nil {
		return webidl.TypeError("%.200q is not a URL", input)
	}
	if record.Username() != "" || record.Password() != "" {
		return webidl.TypeError("a URL with credentials cannot be fetched")
	}
	q.url = record.Href(false)
	q.resolved = &loader.Request{URL: q.url}
	s.Loader.Resolve(q.resolved)
	return nil
}

// apply reads the members of a RequestInit, in the order of Web IDL.
//
// https://fetch.spec.whatwg.org/#requestinit
func (q *Request) apply(init *webidl.Dict, signal *event.AbortSignal) (body, headers *qjs.Value, _ *event.AbortSignal, half bool,
	err error) {
	if v, ok := init.Value("body"); ok && !v.IsNull() {
		body = &v
	}
	q.cache = webidl.Member(init, "cache", webidl.Enum("RequestCache", "default", "no-store", "reload", "no-cache", "force-cache",
		"only-if-cached"), q.cache)
	q.credentials = webidl.Member(init, "credentials", webidl.Enum("RequestCredentials", "omit", "same-origin", "include"), q.credentials)
	half = webidl.Member(init, "duplex", webidl.Enum("RequestDuplex", "half"), "") != ""
	if v, ok := init.Value("headers"); ok {
		headers = &v
	}
	q.integrity = webidl.Member(init, "integrity", webidl.DOMString, q.integrity)
	q.keepalive = webidl.Member(init, "keepalive", webidl.Boolean, q.keepalive)
	method, hasMethod := webidl.Optional(init, "method", webidl.ByteString)
	mode, hasMode := webidl.Optional(init, "mode", webidl.Enum("RequestMode", "same-origin", "no-cors", "cors", "navigate"))
	q.redirect = webidl.Member(init, "redirect", webidl.Enum("RequestRedirect", "follow", "error", "manual"), q.redirect)
	referrer, hasReferrer := webidl.Optional(init, "referrer", webidl.USVString)
	q.refPolicy = webidl.Member(init, "referrerPolicy", webidl.DOMString, q.refPolicy)
	if v, ok := init.Value("signal"); ok {
		signal = nil
		if !v.IsNull() {
			if signal, ok = webidl.As[*event.AbortSignal](v); !ok {
				return nil, nil, nil, false, webidl.TypeError("the signal is not an AbortSignal")
			}
		}
	}
	if err := init.Err(); err != nil {
		return nil, nil, nil, false, err
	}
	if hasMode && mode == "navigate" {
		return nil, nil, nil, false, webidl.TypeError("navigate is not a mode for script")
	} else if hasMode {
		q.mode = mode
	}
	if hasMethod {
		if !isToken(method) || isForbiddenMethod(method) {
			return nil, nil, nil, false, webidl.TypeError("%.40q is not a method that may be used", method)
		}
		q.method = normalizeMethod(method)
	}
	if hasReferrer && referrer == "" {
		q.referrer = ""
	}
	return body, headers, signal, half, nil
}

// toLoader returns the request as the loader takes it.
func (q *Request) toLoader(s *settings.Object) *loader.Request {
	r := &loader.Request{}
	if q.resolved != nil {
		*r = *q.resolved
	}
	r.URL, r.Method, r.Body, r.Origin, r.Key = q.url, q.method, q.content.data, s.Origin, s.StorageKey()
	r.Header = q.header.list.toHTTP()
	r.Mode = map[string]loader.Mode{"cors": loader.CORS, "no-cors": loader.NoCORS, "same-origin": loader.SameOrigin}[q.mode]
	r.Redirect = map[string]loader.RedirectMode{"follow": loader.Follow, "error": loader.RedirectError,
		"manual": loader.RedirectManual}[q.redirect]
	r.OmitCredentials, r.IncludeCredentials = q.credentials == "omit", q.credentials == "include"
	if q.referrer != "" {
		r.Referrer = s.ReferrerURL()
	}
	return r
}

// toHTTP returns the headers as net/http takes them.
func (l headerList) toHTTP() http.Header {
	header := http.Header{}
	for _, h := range l {
		header.Add(h.name, h.value)
	}
	return header
}

// fromHTTP returns the headers of a response, names in lower case.
func fromHTTP(from http.Header) headerList {
	var list headerList
	for _, name := range slices.Sorted(maps.Keys(from)) {
		for _, value := range from[name] {
			list = append(list, header{strings.ToLower(name), value})
		}
	}
	return list
}
