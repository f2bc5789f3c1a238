package fetch

import (
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Response is the interface Response.
//
// https://fetch.spec.whatwg.org/#response-class
type Response struct {
	webidl.Platform
	content    body
	header     *Headers
	kind       string // basic, cors, default, error, opaque, opaqueredirect
	url        string // without fragment
	redirected bool
	status     int
	statusText string
	memory     settings.Memory // of a body that was loaded
}

// Trace implements qjs.Tracer.
func (p *Response) Trace(visit func(*qjs.Ref)) { visit(p.content.held) }

// Finalize implements qjs.Finalizer.
func (p *Response) Finalize() { p.memory.Release() }

// hold counts the body of a response that was loaded.
func (p *Response) hold(r *qjs.Realm) error {
	n := len(p.content.data)
	return p.memory.Hold(r.Runtime(), n, func() int { return n })
}

func (p *Response) body() *body       { return &p.content }
func (p *Response) headers() *Headers { return p.header }

func responseText(name string, get func(*Response) string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(r *qjs.Realm, p *Response) (qjs.Value, error) {
		return fromByteString(r, get(p)), nil
	})}
}

// ResponseInterface is the interface Response.
var ResponseInterface = &webidl.Interface{
	Name: "Response", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		p := &Response{kind: "default", status: 200, header: &Headers{guard: guardResponse}}
		var content body
		contentType := ""
		if !c.Arg(0).IsNullish() {
			var err error
			if content, contentType, err = extract(c.Realm, c.Arg(0)); err != nil {
				return nil, err
			}
		}
		return p, p.initialize(c, 1, content, contentType)
	},
	Attributes: append([]webidl.Attribute{
		responseText("type", func(p *Response) string { return p.kind }),
		{Name: "url", Get: webidl.Getter(func(r *qjs.Realm, p *Response) (qjs.Value, error) { return r.String(p.url), nil })},
		{Name: "redirected", Get: webidl.Getter(func(_ *qjs.Realm, p *Response) (qjs.Value, error) { return qjs.Bool(p.redirected), nil })},
		{Name: "status", Get: webidl.Getter(func(_ *qjs.Realm, p *Response) (qjs.Value, error) { return qjs.Int(int32(p.status)), nil })},
		{Name: "ok", Get: webidl.Getter(func(_ *qjs.Realm, p *Response) (qjs.Value, error) {
			return qjs.Bool(p.status >= 200 && p.status <= 299), nil
		})},
		responseText("statusText", func(p *Response) string { return p.statusText }),
		{Name: "headers", Get: webidl.Getter(func(r *qjs.Realm, p *Response) (qjs.Value, error) {
			return webidl.Wrap(r, HeadersInterface, p.header), nil
		})},
	}, bodyAttributes...),
}

// What makes further responses refers to the interface: that the language allows only here.
func init() {
	ResponseInterface.Operations = append([]webidl.Operation{{Name: "clone", Func: webidl.Method(cloneResponse)}}, bodyOperations...)
	ResponseInterface.Statics = []webidl.Operation{
		{Name: "error", Func: func(c *qjs.Call) (qjs.Value, error) {
			return webidl.Wrap(c.Realm, ResponseInterface, &Response{kind: "error", header: &Headers{guard: guardImmutable}}), nil
		}},
		{Name: "redirect", Length: 1, Func: redirect},
		{Name: "json", Length: 1, Func: jsonResponse},
	}
}

// initialize is "initialize a response": the argument of the given index is its ResponseInit.
//
// https://fetch.spec.whatwg.org/#initialize-a-response
func (p *Response) initialize(c *qjs.Call, argument int, content body, contentType string) error {
	init, err := webidl.ToDictionary(c.Realm, c.Arg(argument), "ResponseInit")
	if err != nil {
		return err
	}
	headers, hasHeaders := init.Value("headers")
	status := webidl.Member(init, "status", webidl.UnsignedShort, 200)
	text := webidl.Member(init, "statusText", webidl.ByteString, "")
	if err := init.Err(); err != nil {
		return err
	}
	switch {
	case status < 200 || status > 599:
		return webidl.RangeError("%d is not a status that a response may have", status)
	case strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7F }):
		return webidl.TypeError("%.100q is not a status text", text)
	}
	p.status, p.statusText = int(status), text
	if hasHeaders {
		if err := p.header.fill(c.Realm, headers); err != nil {
			return err
		}
	}
	if !content.present {
		return nil
	}
	if isNullBodyStatus(p.status) {
		return webidl.TypeError("a response of status %d has no body", status)
	}
	p.content = content
	if contentType != "" && !p.header.list.has("content-type") {
		p.header.list.add("Content-Type", contentType)
	}
	return nil
}

// isNullBodyStatus reports whether a response of the status has no body.
//
// https://fetch.spec.whatwg.org/#null-body-status
func isNullBodyStatus(status int) bool {
	return slices.Contains([]int{101, 103, 204, 205, 304}, status)
}

func cloneResponse(c *qjs.Call, p *Response) (qjs.Value, error) {
	if p.content.unusable() {
		return qjs.Value{}, webidl.TypeError("the body was read already, or is locked")
	}
	content, err := p.content.clone(c.Realm)
	if err != nil {
		return qjs.Value{}, err
	}
	clone := *p
	clone.content, clone.memory = content, settings.Memory{}
	if err := clone.hold(c.Realm); err != nil {
		return qjs.Value{}, err
	}
	clone.Platform = webidl.Platform{}
	clone.header = &Headers{list: append(headerList{}, p.header.list...), guard: p.header.guard}
	return webidl.Wrap(c.Realm, ResponseInterface, &clone), nil
}

// redirect makes a response that redirects.
//
// https://fetch.spec.whatwg.org/#dom-response-redirect
func redirect(c *qjs.Call) (qjs.Value, error) {
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	status := uint16(302)
	if v := c.Arg(1); !v.IsUndefined() {
		if status, err = webidl.UnsignedShort(c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
	}
	record, parseErr := whatwg.ParseRef(settings.Of(c.Realm).BaseURL(), input)
	switch {
	case parseErr != nil:
		return qjs.Value{}, webidl.TypeError("%.200q is not a URL", input)
	case !slices.Contains([]uint16{301, 302, 303, 307, 308}, status):
		return qjs.Value{}, webidl.RangeError("%d is not the status of a redirect", status)
	}
	p := &Response{kind: "default", status: int(status), header: &Headers{guard: guardImmutable,
		list: headerList{{"Location", record.Href(false)}}}}
	return webidl.Wrap(c.Realm, ResponseInterface, p), nil
}

// jsonResponse makes a response of a value as JSON.
//
// https://fetch.spec.whatwg.org/#dom-response-json
func jsonResponse(c *qjs.Call) (qjs.Value, error) {
	text, err := c.Realm.Intrinsic("JSON").Invoke(c.Realm, "stringify", c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	if !text.IsString() {
		return qjs.Value{}, webidl.TypeError("the value is not one of JSON")
	}
	s, err := webidl.USVString(c.Realm, text)
	if err != nil {
		return qjs.Value{}, err
	}
	p := &Response{kind: "default", header: &Headers{guard: guardResponse}}
	if err := p.initialize(c, 1, body{data: []byte(s), present: true}, "application/json"); err != nil {
		return qjs.Value{}, err
	}
	return webidl.Wrap(c.Realm, ResponseInterface, p), nil
}

// newResponse is a response that was loaded, filtered as the request's mode demands.
//
// https://fetch.spec.whatwg.org/#concept-filtered-response
func newResponse(q *loader.Request, from *loader.Response) *Response {
	url, _, _ := strings.Cut(from.URL, "#")
	p := &Response{
		kind: "basic", url: url, redirected: from.Redirected, status: from.Status, statusText: from.StatusText,
		header:  &Headers{guard: guardImmutable, list: fromHTTP(from.Header)},
		content: body{data: from.Body, present: !isNullBodyStatus(from.Status) && q.Method != "HEAD"},
	}
	hidden := func(h header) bool { return sameName(h.name, "set-cookie") || sameName(h.name, "set-cookie2") }
	switch {
	case q.Redirect == loader.RedirectManual && from.Header.Get("Location") != "" && from.Status >= 300 && from.Status < 400:
		return &Response{kind: "opaqueredirect", url: url, header: &Headers{guard: guardImmutable}}
	case from.CrossOrigin && q.Mode == loader.NoCORS:
		return &Response{kind: "opaque", header: &Headers{guard: guardImmutable}}
	case from.CrossOrigin:
		p.kind = "cors"
		names := listed(from.Header.Values("Access-Control-Expose-Headers"))
		if q.IncludeCredentials {
			names = slices.DeleteFunc(names, func(name string) bool { return name == "*" }) // then it is a name like others
		}
		hidden = func(h header) bool { return !isExposed(h.name, names) }
	}
	p.header.list = slices.DeleteFunc(p.header.list, hidden)
	return p
}

// listed returns the names in headers that list some, in lower case.
func listed(values []string) []string {
	var names []string
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.ToLower(strings.Trim(name, " \t")); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
