package fetch

import (
	"net/http"
	"strings"
	"time"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// The states of an XMLHttpRequest.
//
// https://xhr.spec.whatwg.org/#states
const (
	stateUnsent = iota
	stateOpened
	stateHeadersReceived
	stateLoading
	stateDone
)

// XMLHttpRequest is the interface XMLHttpRequest.
//
// https://xhr.spec.whatwg.org/#interface-xmlhttprequest
//
// FIXME: responses of the type "document"; progress while the body comes; events of the upload.
type XMLHttpRequest struct {
	event.Target
	state           int
	sending         bool
	synchronous     bool
	method, url     string
	resolved        *loader.Request // what a blob: URL stood for when the request was opened
	header          headerList
	withCredentials bool
	timeout         uint32
	overrideType    string
	responseType    string
	response        *Response // nil: a network error, or none yet
	finalURL        string
	value           *qjs.Ref // the response as an object, once it was asked for
	failed          bool     // that object could not be made
	upload          *XMLHttpRequestUpload
	cancel          func() // of what is under way
	release         func() // it need not be kept any more
	stopTimeout     func()
}

// XMLHttpRequestUpload is what a request's upload fires events at.
type XMLHttpRequestUpload struct{ event.Target }

// Trace implements qjs.Tracer.
func (x *XMLHttpRequest) Trace(visit func(*qjs.Ref)) {
	x.Target.Trace(visit)
	visit(x.value)
}

// open sets what is to be requested.
//
// https://xhr.spec.whatwg.org/#the-open()-method
func open(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	s := settings.Of(c.Realm)
	method, err := webidl.ByteString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	input, err := webidl.USVString(c.Realm, c.Arg(1))
	if err != nil {
		return qjs.Value{}, err
	}
	// 1. The method and the URL.
	if !isToken(method) {
		return qjs.Value{}, webidl.DOMException("SyntaxError", "%.40q is not a method", method)
	}
	if isForbiddenMethod(method) {
		return qjs.Value{}, webidl.DOMException("SecurityError", "%.40q is not a method that may be used", method)
	}
	record, parseErr := whatwg.ParseRef(s.BaseURL(), input)
	if parseErr != nil {
		return qjs.Value{}, webidl.DOMException("SyntaxError", "%.200q is not a URL", input)
	}
	async := len(c.Args) < 3 || c.Arg(2).Bool()
	// 2. A window that waits has neither a time limit nor a type.
	if !async && s.Kind == webidl.Window && (x.timeout != 0 || x.responseType != "") {
		return qjs.Value{}, webidl.DOMException("InvalidAccessError", "a window's synchronous request has no timeout and no responseType")
	}
	// 3. Begin anew.
	x.terminate()
	x.sending, x.synchronous = false, !async
	x.method, x.url, x.header = normalizeMethod(method), record.Href(false), nil
	x.reset()
	x.resolved = &loader.Request{URL: x.url}
	s.Loader.Resolve(x.resolved)
	if x.state != stateOpened {
		x.state = stateOpened
		event.Fire(x, "readystatechange", event.Init{})
	}
	return qjs.Undefined(), nil
}

// reset forgets the response.
func (x *XMLHttpRequest) reset() {
	if x.response != nil {
		x.response.memory.Release()
	}
	x.response, x.finalURL, x.failed = nil, "", false
	x.value.Free()
	x.value = nil
}

// terminate ends what is under way.
func (x *XMLHttpRequest) terminate() {
	if x.cancel == nil {
		return
	}
	x.cancel()
	x.finish()
}

// finish says that nothing is under way any more.
func (x *XMLHttpRequest) finish() {
	x.cancel = nil
	if x.stopTimeout != nil {
		x.stopTimeout()
		x.stopTimeout = nil
	}
	x.release()
}

// setRequestHeader adds a header.
//
// https://xhr.spec.whatwg.org/#the-setrequestheader()-method
func setRequestHeader(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	name, value, err := toHeader(c)
	if err != nil {
		return qjs.Value{}, err
	}
	value = normalizeValue(value)
	switch {
	case x.state != stateOpened || x.sending:
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the request is not open, or was sent")
	case !isToken(name) || !isValue(value):
		return qjs.Value{}, webidl.DOMException("SyntaxError", "not a header: %.100q", name)
	case isForbiddenRequestHeader(name, value) || len(x.header) >= maxHeaders:
		return qjs.Undefined(), nil
	}
	if before, ok := x.header.get(name); ok {
		value = before + ", " + value
	}
	x.header.set(name, value)
	return qjs.Undefined(), nil
}

// send sends the request.
//
// https://xhr.spec.whatwg.org/#the-send()-method
func send(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	if x.state != stateOpened || x.sending {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the request is not open, or was sent")
	}
	s := settings.Of(x.Realm())
	var data []byte
	if v := c.Arg(0); !v.IsNullish() && x.method != http.MethodGet && x.method != http.MethodHead {
		var contentType string
		var err error
		if data, contentType, err = extractBytes(c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
		if contentType != "" && !x.header.has("content-type") {
			x.header.set("Content-Type", contentType)
		}
	}
	request := x.resolved
	request.Method, request.Header, request.Body, request.Mode = x.method, x.header.toHTTP(), data, loader.CORS
	request.Origin, request.Key, request.IncludeCredentials, request.Referrer = s.Origin, s.StorageKey(), x.withCredentials, s.ReferrerURL()
	if x.synchronous {
		return qjs.Undefined(), x.sendSync(c, s, request)
	}
	x.sending = true
	release := s.Keep(x)
	x.progress("loadstart", 0, 0)
	if x.state != stateOpened || !x.sending {
		release() // a listener opened or aborted it
		return qjs.Undefined(), nil
	}
	x.release = release
	x.cancel = start(s, "xmlhttprequest", request, func(response *loader.Response, err error) { x.arrived(request, response, err) })
	x.startTimeout(s)
	return qjs.Undefined(), nil
}

// startTimeout lets a time limit begin.
func (x *XMLHttpRequest) startTimeout(s *settings.Object) {
	if x.timeout == 0 {
		return
	}
	x.stopTimeout = s.RunAfter(time.Duration(x.timeout)*time.Millisecond, func() {
		if x.cancel != nil {
			webidl.Keep(x)
			defer webidl.Unkeep(x)
			x.terminate()
			x.fail("timeout")
		}
	})
}

// sendSync sends and waits.
//
// https://xhr.spec.whatwg.org/#the-send()-method step 12
func (x *XMLHttpRequest) sendSync(c *qjs.Call, s *settings.Object, request *loader.Request) error {
	begin := s.Now()
	response, err := wait(c.Runtime(), s, request, time.Duration(x.timeout)*time.Millisecond)
	record(s, "xmlhttprequest", begin, request, response)
	x.state = stateDone
	if err != nil {
		event.Fire(x, "readystatechange", event.Init{})
		return webidl.DOMException("NetworkError", "%v", err)
	}
	if err := x.take(request, response); err != nil {
		return err
	}
	event.Fire(x, "readystatechange", event.Init{})
	x.progress("load", len(x.response.content.data), len(x.response.content.data))
	x.progress("loadend", len(x.response.content.data), len(x.response.content.data))
	return nil
}

// take takes a response.
func (x *XMLHttpRequest) take(request *loader.Request, response *loader.Response) error {
	p := newResponse(request, response)
	if err := p.hold(x.Realm()); err != nil {
		return err
	}
	x.response = p
	x.finalURL, _, _ = strings.Cut(response.URL, "#")
	return nil
}

// Finalize implements qjs.Finalizer.
func (x *XMLHttpRequest) Finalize() {
	x.Target.Finalize()
	if x.response != nil {
		x.response.memory.Release()
	}
}

// arrived handles the response, or its lack.
//
// https://xhr.spec.whatwg.org/#handle-response-end-of-body
func (x *XMLHttpRequest) arrived(request *loader.Request, response *loader.Response, err error) {
	webidl.Keep(x) // until the last listener was called
	defer webidl.Unkeep(x)
	x.finish()
	if err != nil {
		x.fail("error")
		return
	}
	if x.take(request, response) != nil {
		x.fail("error")
		return
	}
	url, n := x.url, len(response.Body)
	for _, state := range []int{stateHeadersReceived, stateLoading, stateDone} {
		if state == stateLoading && n == 0 {
			continue
		}
		x.state = state
		if state == stateDone {
			x.progress("progress", n, n)
			x.sending = false
		}
		event.Fire(x, "readystatechange", event.Init{})
		if x.state != state || x.url != url {
			return // a listener began anew
		}
	}
	x.progress("load", n, n)
	x.progress("loadend", n, n)
}

// fail is the request error steps.
//
// https://xhr.spec.whatwg.org/#request-error-steps
func (x *XMLHttpRequest) fail(name string) {
	x.state, x.sending = stateDone, false
	x.reset()
	event.Fire(x, "readystatechange", event.Init{})
	x.progress(name, 0, 0)
	x.progress("loadend", 0, 0)
}

func (x *XMLHttpRequest) progress(name string, loaded, total int) {
	event.FireProgress(x, name, event.ProgressInit{LengthComputable: total > 0, Loaded: float64(loaded), Total: float64(total)})
}

// abort cancels the request.
//
// https://xhr.spec.whatwg.org/#the-abort()-method
func abort(_ *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	x.terminate()
	if x.state == stateOpened && x.sending || x.state == stateHeadersReceived || x.state == stateLoading {
		x.fail("abort")
	}
	if x.state == stateDone {
		x.state = stateUnsent
		x.reset()
	}
	return qjs.Undefined(), nil
}
