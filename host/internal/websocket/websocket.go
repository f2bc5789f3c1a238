package websocket

import (
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/lxzan/gws"
	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	hosturl "github.com/entangle-go/entangle/host/internal/url"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// source is the WebSocket task source.
//
// https://websockets.spec.whatwg.org/#websocket-task-source
const source eventloop.TaskSource = "WebSocket"

// The ready states.
const (
	stateConnecting = iota
	stateOpen
	stateClosing
	stateClosed
)

// WebSocket is the interface WebSocket.
//
// https://websockets.spec.whatwg.org/#the-websocket-interface
type WebSocket struct {
	event.Target
	url        string
	origin     entangle.Origin // of the URL
	state      int
	protocol   string
	binaryType string
	buffered   int  // bytes that were not sent yet, or never will be
	kept       bool // somebody listens
	connection *connection
	out, in    charge // what waits to be sent, and to be read
}

// WebSocketInterface is the interface WebSocket.
var WebSocketInterface = &webidl.Interface{
	Name: "WebSocket", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	ConstructorLength: 1,
	Constructor:       construct,
	Constants: []webidl.Constant{
		{Name: "CONNECTING", Value: stateConnecting}, {Name: "OPEN", Value: stateOpen},
		{Name: "CLOSING", Value: stateClosing}, {Name: "CLOSED", Value: stateClosed},
	},
	Attributes: []webidl.Attribute{
		{Name: "url", Get: webidl.Getter(func(r *qjs.Realm, w *WebSocket) (qjs.Value, error) { return r.String(w.url), nil })},
		{Name: "readyState", Get: webidl.Getter(func(_ *qjs.Realm, w *WebSocket) (qjs.Value, error) { return qjs.Int(int32(w.state)), nil })},
		{Name: "bufferedAmount", Get: webidl.Getter(func(_ *qjs.Realm, w *WebSocket) (qjs.Value, error) {
			return qjs.Number(float64(w.buffered)), nil
		})},
		event.HandlerAttribute("open"), event.HandlerAttribute("error"), event.HandlerAttribute("close"),
		{Name: "extensions", Get: webidl.Getter(func(r *qjs.Realm, _ *WebSocket) (qjs.Value, error) { return r.String(""), nil })},
		{Name: "protocol", Get: webidl.Getter(func(r *qjs.Realm, w *WebSocket) (qjs.Value, error) { return r.String(w.protocol), nil })},
		event.HandlerAttribute("message"),
		{
			Name: "binaryType",
			Get:  webidl.Getter(func(r *qjs.Realm, w *WebSocket) (qjs.Value, error) { return r.String(w.binaryType), nil }),
			Set: webidl.Setter(func(r *qjs.Realm, w *WebSocket, v qjs.Value) error {
				s, err := webidl.DOMString(r, v)
				if s == "blob" || s == "arraybuffer" { // other values of an enumeration are ignored
					w.binaryType = s
				}
				return err
			}),
		},
	},
	Operations: []webidl.Operation{
		{Name: "send", Length: 1, Func: webidl.Method(send)},
		{Name: "close", Func: webidl.Method(closeSocket)},
	},
}

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface { return []*webidl.Interface{WebSocketInterface} }

// construct begins to connect.
//
// https://websockets.spec.whatwg.org/#dom-websocket-websocket
func construct(c *qjs.Call) (any, error) {
	s := settings.Of(c.Realm)
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return nil, err
	}
	protocols, err := toProtocols(c)
	if err != nil {
		return nil, err
	}
	// 1. The URL may be relative; http and https stand for ws and wss.
	record, parseErr := url.ParseRef(s.BaseURL(), input)
	if parseErr != nil {
		return nil, webidl.DOMException("SyntaxError", "%.200q is not a URL", input)
	}
	switch record.Scheme() {
	case "http":
		record.SetProtocol("ws")
	case "https":
		record.SetProtocol("wss")
	}
	if scheme := record.Scheme(); scheme != "ws" && scheme != "wss" {
		return nil, webidl.DOMException("SyntaxError", "%.20q is not the scheme of a WebSocket", scheme)
	}
	if strings.Contains(record.Href(false), "#") {
		return nil, webidl.DOMException("SyntaxError", "the URL of a WebSocket has no fragment")
	}
	// 2. Protocols are tokens, each named once.
	for i, p := range protocols {
		if !isToken(p) || slices.Contains(protocols[:i], p) {
			return nil, webidl.DOMException("SyntaxError", "%.100q is not a protocol, or was named twice", p)
		}
	}
	// 3. Connect in parallel.
	w := &WebSocket{url: record.Href(false), binaryType: "blob"}
	if origin, err := entangle.ParseOrigin(w.url); err == nil {
		w.origin = origin
	}
	w.start(s, record, protocols)
	return w, nil
}

// toProtocols converts the second argument: a string or a sequence of strings.
func toProtocols(c *qjs.Call) ([]string, error) {
	v := c.Arg(1)
	switch {
	case v.IsUndefined():
		return nil, nil
	case v.IsObject():
		return webidl.SequenceOf(settings.Counting(webidl.DOMString))(c.Realm, v)
	}
	p, err := webidl.DOMString(c.Realm, v)
	return []string{p}, err
}

// isToken reports whether s can be a protocol.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-4.1
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= 0x20 || c >= 0x7F || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// sockets are the open ones of a global.
type sockets struct{ open map[*WebSocket]bool }

type socketsKey struct{}

func socketsOf(s *settings.Object) *sockets {
	return s.Slot(socketsKey{}, func() any {
		all := &sockets{open: map[*WebSocket]bool{}}
		s.OnDestroy(func() {
			for w := range all.open {
				w.keepIf(false)
				w.connection.goAway()
				w.in.drain()
			}
		})
		return all
	}).(*sockets)
}

// ListenersChanged keeps the object from being collected while something can happen that
// somebody listens to.
//
// https://websockets.spec.whatwg.org/#garbage-collection
func (w *WebSocket) ListenersChanged(string) { w.keepIf(w.state != stateClosed && w.HasListeners()) }

func (w *WebSocket) keepIf(wanted bool) {
	if wanted == w.kept {
		return
	}
	if w.kept = wanted; wanted {
		webidl.Keep(w)
	} else {
		webidl.Unkeep(w)
	}
}

// Finalize closes a connection that nobody can use any more.
func (w *WebSocket) Finalize() {
	w.Target.Finalize()
	if w.state != stateClosed {
		w.connection.send(gws.OpcodeCloseConnection, nil)
	}
}

// start connects; what happens becomes tasks.
func (w *WebSocket) start(s *settings.Object, record *url.Url, protocols []string) {
	done := s.Pending()
	w.out.runtime, w.in.runtime = s.Realm.Runtime(), s.Realm.Runtime()
	all := socketsOf(s)
	full := len(all.open) >= MaxSockets
	all.open[w] = true
	if full || s.Gone() {
		w.connection = &connection{cancel: func() {}}
		s.QueueTask(source, func() { w.closed(codeAbnormal, "", false) })
		done()
		return
	}
	port := record.Port()
	secure := record.Scheme() == "wss"
	if port == "" {
		if port = "80"; secure {
			port = "443"
		}
	}
	host := strings.Trim(record.Hostname(), "[]")
	header := http.Header{"Origin": {s.Origin.String()}}
	if record.Username() != "" || record.Password() != "" {
		credentials := append(append(hosturl.PercentDecode(record.Username()), ':'), hosturl.PercentDecode(record.Password())...)
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString(credentials))
	}
	overHTTP := strings.Replace(w.url, "ws", "http", 1)
	if cookies := s.Loader.Cookies(overHTTP); cookies != "" {
		header.Set("Cookie", cookies)
	}
	dial := func(ctx context.Context, address string) (net.Conn, error) {
		return s.Loader.DialContext(ctx, "tcp", address)
	}
	if origin, err := entangle.ParseOrigin(overHTTP); err == nil {
		if handler := s.Loader.Handler(origin.String()); handler != nil {
			dial, secure = dialHandler(handler), false
		}
	}
	sent := &counter{}
	w.connection = connect(context.Background(), request{
		url: w.url, secure: secure, host: host, address: net.JoinHostPort(host, port), header: header, protocols: protocols,
		dial: dial, tls: s.Loader.TLSConfig(),
	}, events{
		opened: func(protocol string) { s.QueueTask(source, func() { w.opened(protocol) }) },
		message: func(binary bool, data []byte) bool {
			if s.Gone() || !w.in.add(len(data)) {
				return false
			}
			s.QueueTask(source, func() { w.message(binary, data) })
			return true
		},
		sent: func(n int) {
			w.out.sub(n)
			if sent.add(n) {
				s.QueueTask(source, func() { w.buffered -= sent.take() })
			}
		},
		closed: func(code uint16, reason string, clean bool) {
			w.out.drain()
			s.QueueTask(source, func() { w.closed(code, reason, clean) })
			done()
		},
	})
}

// opened says that the connection is established.
//
// https://websockets.spec.whatwg.org/#eventdef-websocket-open
func (w *WebSocket) opened(protocol string) {
	if w.state != stateConnecting {
		return // close was called meanwhile
	}
	w.state, w.protocol = stateOpen, protocol
	event.Fire(w, "open", event.Init{})
}

// message says that a message was received.
//
// https://websockets.spec.whatwg.org/#eventdef-websocket-message
func (w *WebSocket) message(binary bool, data []byte) {
	w.connection.read(len(data))
	w.in.sub(len(data))
	if w.state != stateOpen {
		return
	}
	realm := w.Realm()
	var v qjs.Value
	var err error
	switch {
	case !binary:
		v = realm.String(string(data))
	case w.binaryType == "blob":
		var b *fileapi.Blob
		if b, err = fileapi.NewBlob(realm, data, ""); err == nil {
			v = webidl.ValueOf(b)
		}
	default:
		v, err = realm.NewArrayBuffer(data)
	}
	if err != nil { // no memory for it
		w.fail()
		return
	}
	event.Dispatch(event.NewMessageEvent(realm, "message", event.MessageInit{Data: v, Origin: w.origin}), w)
}

// closed says that the connection is closed.
//
// https://websockets.spec.whatwg.org/#eventdef-websocket-close
func (w *WebSocket) closed(code uint16, reason string, clean bool) {
	s := settings.Of(w.Realm())
	w.state = stateClosed
	delete(socketsOf(s).open, w)
	defer w.keepIf(false)
	if !clean {
		event.Fire(w, "error", event.Init{})
	}
	event.FireClose(w, event.CloseInit{WasClean: clean, Code: int(code), Reason: reason})
}

// send sends a message.
//
// https://websockets.spec.whatwg.org/#dom-websocket-send
func send(c *qjs.Call, w *WebSocket) (qjs.Value, error) {
	opcode, data, err := toMessage(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	if w.state == stateConnecting {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the connection is not established yet")
	}
	w.buffered += len(data)
	if w.state != stateOpen {
		return qjs.Undefined(), nil
	}
	if w.buffered > MaxBuffered || !w.out.add(len(data)) {
		w.fail()
		return qjs.Undefined(), nil
	}
	w.connection.send(opcode, data)
	return qjs.Undefined(), nil
}

// toMessage converts what is sent. Buffers are copied: script may change them at once.
func toMessage(realm *qjs.Realm, v qjs.Value) (gws.Opcode, []byte, error) {
	if b, ok := webidl.As[fileapi.Bloblike](v); ok {
		return gws.OpcodeBinary, b.ToBlob().Bytes(), nil
	}
	if webidl.IsBufferSource(v) {
		data, err := webidl.BufferSource(realm, v)
		return gws.OpcodeBinary, slices.Clone(data), err
	}
	s, err := webidl.USVString(realm, v)
	return gws.OpcodeText, []byte(s), err
}

// fail fails the connection.
//
// https://websockets.spec.whatwg.org/#fail-the-websocket-connection
func (w *WebSocket) fail() {
	w.state = stateClosing
	w.connection.cancel()
}

// closeSocket is the method close.
//
// https://websockets.spec.whatwg.org/#dom-websocket-close
func closeSocket(c *qjs.Call, w *WebSocket) (qjs.Value, error) {
	var body []byte
	code, reason := uint16(0), ""
	var err error
	if v := c.Arg(0); !v.IsUndefined() {
		if code, err = webidl.Clamp[uint16](c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
		body = closeBody(code, "")
	}
	if v := c.Arg(1); !v.IsUndefined() {
		if reason, err = webidl.USVString(c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
	}
	// 1. The code is one that pages may use.
	if body != nil && code != 1000 && (code < 3000 || code > 4999) {
		return qjs.Value{}, webidl.DOMException("InvalidAccessError", "a page closes with 1000 or 3000 to 4999, not %d", code)
	}
	// 2. The reason fits a control frame.
	if len(reason) > 123 {
		return qjs.Value{}, webidl.DOMException("SyntaxError", "the reason has %d bytes, which is more than 123", len(reason))
	}
	if reason != "" && body == nil {
		body = closeBody(1000, "") // a reason needs a code
	}
	// 3. Close.
	switch w.state {
	case stateConnecting:
		w.fail()
	case stateOpen:
		w.state = stateClosing
		w.connection.send(gws.OpcodeCloseConnection, append(body, reason...))
	}
	return qjs.Undefined(), nil
}
