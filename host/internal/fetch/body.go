package fetch

import (
	"mime"
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
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
func extract(r *qjs.Realm, v qjs.Value) (data []byte, contentType string, err error) {
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
	{Name: "body", Get: webidl.Getter(func(*qjs.Realm, bodied) (qjs.Value, error) { return qjs.Null(), nil })}, // FIXME: a ReadableStream
	{Name: "bodyUsed", Get: webidl.Getter(func(_ *qjs.Realm, o bodied) (qjs.Value, error) { return qjs.Bool(o.body().used), nil })},
}

// bodyOperations are the methods of the mixin Body.
var bodyOperations = []webidl.Operation{
	{Name: "arrayBuffer", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, _ string) (qjs.Value, error) {
		return r.NewArrayBuffer(data)
	})},
	{Name: "blob", Promise: true, Func: consume(func(r *qjs.Realm, data []byte, contentType string) (qjs.Value, error) {
		return webidl.ValueOf(fileapi.NewBlob(r, data, mimeType(contentType))), nil
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
		if b.used {
			return qjs.Value{}, webidl.TypeError("the body was read already")
		}
		b.used = b.present
		data := b.data
		if b.present {
			b.data = nil
		}
		contentType, _ := o.headers().list.get("content-type")
		return settings.Of(c.Realm).Later(eventloop.Networking, func() (qjs.Value, error) { return form(c.Realm, data, contentType) }), nil
	})
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
