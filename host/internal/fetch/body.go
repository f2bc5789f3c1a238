package fetch

import (
	"mime"
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/streams"
	"github.com/entangle-go/entangle/host/internal/url"
	"github.com/entangle-go/entangle/host/internal/urlapi"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// body is what the mixin Body has: bytes that can be read once.
//
// https://fetch.spec.whatwg.org/#body-mixin
type body struct {
	data    []byte
	present bool // a body that is not there can be read any number of times, as nothing
	used    bool
	stream  *streams.ReadableStream // what script sees as the body, once it asked for it; or what it gave
	given   bool                    // script gave the stream: the bytes come from there
	held    *qjs.Ref                // the stream's wrapper
}

// maxStreamed is how many bytes a body may have that comes from a script's stream.
const maxStreamed = 256 << 20

// isUsed reports whether the body was read, or is being read.
func (b *body) isUsed() bool { return b.used || b.stream != nil && b.stream.Disturbed() }

// unusable reports whether the body cannot be read any more.
//
// https://fetch.spec.whatwg.org/#body-unusable
func (b *body) unusable() bool { return b.isUsed() || b.stream != nil && b.stream.Locked() }

// setStream says what script sees.
func (b *body) setStream(r *qjs.Realm, s *streams.ReadableStream) {
	b.stream, b.held = s, r.Runtime().NewRef(webidl.ValueOf(s))
}

// object returns the stream.
//
// https://fetch.spec.whatwg.org/#dom-body-body
func (b *body) object(r *qjs.Realm) qjs.Value {
	if !b.present {
		return qjs.Null()
	}
	if b.stream == nil {
		b.setStream(r, streams.NewByteStream(r, b.data))
		if b.used {
			b.stream.Exhaust()
		}
	}
	return webidl.ValueOf(b.stream)
}

// take takes the content: now, or when a script's stream has given it.
func (b *body) take(done func(data []byte), failed func(reason qjs.Value)) {
	b.used = b.present
	if b.given {
		b.stream.ReadAll(maxStreamed, done, failed)
		return
	}
	data := b.data
	if b.present {
		b.data = nil
	}
	if b.stream != nil {
		b.stream.Exhaust()
	}
	done(data)
}

// move moves the content to another request's body; this one was read.
func (b *body) move(r *qjs.Realm, to *body) {
	*to = body{data: b.data, present: true, given: b.given}
	if b.given {
		to.setStream(r, b.stream)
		b.held.Free()
		b.stream, b.given = nil, false
	}
	b.used, b.data = true, nil
}

// clone returns a body with the same content.
//
// https://fetch.spec.whatwg.org/#concept-body-clone
func (b *body) clone(r *qjs.Realm) (body, error) {
	if !b.given {
		return body{data: b.data, present: b.present}, nil
	}
	first, second, err := b.stream.Tee()
	if err != nil {
		return body{}, err
	}
	b.held.Free()
	b.setStream(r, first)
	twin := body{present: true, given: true}
	twin.setStream(r, second)
	return twin, nil
}

// bodied is a Request or a Response.
type bodied interface {
	webidl.Object
	body() *body
	headers() *Headers
}

// extract makes bytes of a BodyInit, and says of what type they are.
//
// https://fetch.spec.whatwg.org/#concept-bodyinit-extract
func extract(r *qjs.Realm, v qjs.Value) (body, string, error) {
	if s, ok := webidl.As[*streams.ReadableStream](v); ok {
		if s.Disturbed() || s.Locked() {
			return body{}, "", webidl.TypeError("the stream is locked or was read")
		}
		b := body{present: true, given: true}
		b.setStream(r, s)
		return b, "", nil
	}
	data, contentType, err := extractBytes(r, v)
	return body{data: data, present: true}, contentType, err
}

// extractBytes is extract for a body that is no stream.
func extractBytes(r *qjs.Realm, v qjs.Value) (data []byte, contentType string, err error) {
	if b, ok := webidl.As[fileapi.Bloblike](v); ok {
		return b.ToBlob().Bytes(), b.ToBlob().Type(), nil
	}
	if webidl.IsBufferSource(v) {
		memory, err := webidl.BufferSource(r, v)
		return append([]byte{}, memory...), "", err
	}
	if p, ok := webidl.As[*urlapi.URLSearchParams](v); ok {
		return []byte(url.SerializeForm(p.Pairs())), "application/x-www-form-urlencoded;charset=UTF-8", nil
	}
	if f, ok := webidl.As[*FormData](v); ok {
		data, boundary := f.encode()
		return data, "multipart/form-data; boundary=" + boundary, nil
	}
	s, err := webidl.USVString(r, v)
	return []byte(s), "text/plain;charset=UTF-8", err
}

// bodyAttributes are the attributes of the mixin Body.
var bodyAttributes = []webidl.Attribute{
	{Name: "body", Get: webidl.Getter(func(r *qjs.Realm, o bodied) (qjs.Value, error) { return o.body().object(r), nil })},
	{Name: "bodyUsed", Get: webidl.Getter(func(_ *qjs.Realm, o bodied) (qjs.Value, error) { return qjs.Bool(o.body().isUsed()), nil })},
}

// bodyOperations are the methods of the mixin Body.
var bodyOperations = []webidl.Operation{
	{Name: "arrayBuffer", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, _ string) (qjs.Value, error) {
		return r.NewArrayBuffer(data)
	})},
	{Name: "blob", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, contentType string) (qjs.Value, error) {
		return newBlob(r, data, mimeType(contentType))
	})},
	{Name: "bytes", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, _ string) (qjs.Value, error) {
		return r.NewUint8Array(data)
	})},
	{Name: "formData", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, contentType string) (qjs.Value, error) {
		f, err := parseFormData(r, data, contentType)
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.Wrap(r, FormDataInterface, f), nil
	})},
	{Name: "json", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, _ string) (qjs.Value, error) { return parseJSON(r, data) })},
	{Name: "text", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, _ string) (qjs.Value, error) {
		return r.String(encoding.DecodeUTF8(data)), nil
	})},
}

// consume makes a method that reads the whole body.
//
// https://fetch.spec.whatwg.org/#concept-body-consume-body
func consume(form func(r *qjs.Realm, data []byte, contentType string) (qjs.Value, error)) qjs.Func {
	return webidl.Method(func(c *qjs.Call, o bodied) (qjs.Value, error) {
		b := o.body()
		if b.unusable() {
			return qjs.Value{}, webidl.TypeError("the body was read already, or is locked")
		}
		contentType, _ := o.headers().list.get("content-type")
		realm := c.Realm
		promise, resolve, reject := settings.Of(realm).NewPromise()
		b.take(func(data []byte) {
			resolve(settings.Of(realm).Later(eventloop.Networking, func() (qjs.Value, error) { return form(realm, data, contentType) }))
		}, reject)
		return promise, nil
	})
}

func newBlob(r *qjs.Realm, data []byte, mediaType string) (qjs.Value, error) {
	b, err := fileapi.NewBlob(r, data, mediaType)
	if err != nil {
		return qjs.Value{}, err
	}
	return webidl.ValueOf(b), nil
}

// parseJSON parses bytes as JSON.
//
// https://infra.spec.whatwg.org/#parse-json-bytes-to-a-javascript-value
func parseJSON(r *qjs.Realm, data []byte) (qjs.Value, error) {
	json := r.Intrinsic("JSON")
	return json.Invoke(r, "parse", r.String(encoding.DecodeUTF8(data)))
}

// mimeType returns a Content-Type as a Blob has it: its essence in lower case; "" if it is none.
//
// https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
func mimeType(contentType string) string {
	essence, rest, _ := strings.Cut(contentType, ";")
	essence = strings.ToLower(strings.TrimSpace(essence))
	if strings.Count(essence, "/") != 1 {
		return ""
	}
	if _, parameters, err := mime.ParseMediaType(contentType); err == nil && len(parameters) > 0 {
		return essence + ";" + strings.TrimSpace(rest)
	}
	return essence
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }
