package fetch

import (
	"mime"
	"strings"

	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// XMLHttpRequestEventTargetInterface is the interface XMLHttpRequestEventTarget.
//
// https://xhr.spec.whatwg.org/#xmlhttprequesteventtarget
var XMLHttpRequestEventTargetInterface = &webidl.Interface{
	Name: "XMLHttpRequestEventTarget", Parent: event.EventTargetInterface, Exposed: webidl.Window | webidl.Worker,
	Attributes: []webidl.Attribute{
		event.HandlerAttribute("loadstart"), event.HandlerAttribute("progress"), event.HandlerAttribute("abort"),
		event.HandlerAttribute("error"), event.HandlerAttribute("load"), event.HandlerAttribute("timeout"), event.HandlerAttribute("loadend"),
	},
}

// XMLHttpRequestUploadInterface is the interface XMLHttpRequestUpload.
var XMLHttpRequestUploadInterface = &webidl.Interface{
	Name: "XMLHttpRequestUpload", Parent: XMLHttpRequestEventTargetInterface, Exposed: webidl.Window | webidl.Worker,
}

// XMLHttpRequestInterface is the interface XMLHttpRequest.
var XMLHttpRequestInterface = &webidl.Interface{
	Name: "XMLHttpRequest", Parent: XMLHttpRequestEventTargetInterface, Exposed: webidl.Window | webidl.Worker,
	Constructor: func(*qjs.Call) (any, error) { return &XMLHttpRequest{upload: &XMLHttpRequestUpload{}}, nil },
	Constants: []webidl.Constant{
		{Name: "UNSENT", Value: stateUnsent}, {Name: "OPENED", Value: stateOpened}, {Name: "HEADERS_RECEIVED", Value: stateHeadersReceived},
		{Name: "LOADING", Value: stateLoading}, {Name: "DONE", Value: stateDone},
	},
	Attributes: []webidl.Attribute{
		event.HandlerAttribute("readystatechange"),
		{Name: "readyState", Get: webidl.Getter(func(_ *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			return qjs.Int(int32(x.state)), nil
		})},
		{Name: "timeout", Get: webidl.Getter(func(_ *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			return qjs.Number(float64(x.timeout)), nil
		}), Set: webidl.Setter(setTimeout)},
		{Name: "withCredentials", Get: webidl.Getter(func(_ *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			return qjs.Bool(x.withCredentials), nil
		}), Set: webidl.Setter(func(_ *qjs.Realm, x *XMLHttpRequest, v qjs.Value) error {
			if x.state > stateOpened || x.sending {
				return webidl.DOMException("InvalidStateError", "the request was sent")
			}
			x.withCredentials = v.Bool()
			return nil
		})},
		{Name: "upload", Get: webidl.Getter(func(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			return webidl.Wrap(r, XMLHttpRequestUploadInterface, x.upload), nil
		})},
		{Name: "responseURL", Get: webidl.Getter(func(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) { return r.String(x.finalURL), nil })},
		{Name: "status", Get: webidl.Getter(func(_ *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			if x.response == nil {
				return qjs.Int(0), nil
			}
			return qjs.Int(int32(x.response.status)), nil
		})},
		{Name: "statusText", Get: webidl.Getter(func(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			if x.response == nil {
				return r.String(""), nil
			}
			return fromByteString(r, x.response.statusText), nil
		})},
		{Name: "responseType", Get: webidl.Getter(func(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			return r.String(x.responseType), nil
		}), Set: webidl.Setter(setResponseType)},
		{Name: "response", Get: webidl.Getter(response)},
		{Name: "responseText", Get: webidl.Getter(func(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
			if x.responseType != "" && x.responseType != "text" {
				return qjs.Value{}, webidl.DOMException("InvalidStateError", "the response is of another type")
			}
			return r.String(x.text()), nil
		})},
		{Name: "responseXML", Exposed: webidl.Window, Get: webidl.Getter(func(*qjs.Realm, *XMLHttpRequest) (qjs.Value, error) {
			return qjs.Null(), nil
		})},
	},
	Operations: []webidl.Operation{
		{Name: "open", Length: 2, Func: webidl.Method(open)},
		{Name: "setRequestHeader", Length: 2, Func: webidl.Method(setRequestHeader)},
		{Name: "send", Func: webidl.Method(send)},
		{Name: "abort", Func: webidl.Method(abort)},
		{Name: "getResponseHeader", Length: 1, Func: webidl.Method(getResponseHeader)},
		{Name: "getAllResponseHeaders", Func: webidl.Method(getAllResponseHeaders)},
		{Name: "overrideMimeType", Length: 1, Func: webidl.Method(overrideMIMEType)},
	},
}

func setTimeout(r *qjs.Realm, x *XMLHttpRequest, v qjs.Value) error {
	n, err := webidl.UnsignedLong(r, v)
	if err != nil {
		return err
	}
	if x.synchronous && x.state == stateOpened && settings.Of(r).Kind == webidl.Window {
		return webidl.DOMException("InvalidAccessError", "a window's synchronous request has no timeout")
	}
	x.timeout = n
	return nil
}

func setResponseType(r *qjs.Realm, x *XMLHttpRequest, v qjs.Value) error {
	s, err := webidl.DOMString(r, v)
	if err != nil {
		return err
	}
	switch s {
	case "", "arraybuffer", "blob", "json", "text":
	default: // also "document", which is not supported
		return nil
	}
	switch {
	case x.state >= stateLoading:
		return webidl.DOMException("InvalidStateError", "the response is there")
	case x.synchronous && x.state == stateOpened && settings.Of(r).Kind == webidl.Window:
		return webidl.DOMException("InvalidAccessError", "a window's synchronous request has no responseType")
	}
	x.responseType = s
	return nil
}

// contentType is the type of the response, or what it is taken for.
//
// https://xhr.spec.whatwg.org/#final-mime-type
func (x *XMLHttpRequest) contentType() string {
	if x.overrideType != "" {
		return x.overrideType
	}
	contentType, ok := x.response.header.list.get("content-type")
	if !ok {
		return "text/xml"
	}
	return contentType
}

// text is the text response.
//
// https://xhr.spec.whatwg.org/#text-response
func (x *XMLHttpRequest) text() string {
	if x.state < stateLoading || x.response == nil {
		return ""
	}
	_, parameters, _ := mime.ParseMediaType(x.contentType())
	return encoding.Decode(x.response.content.data, parameters["charset"])
}

// response is the response in the form that was asked for; the same at every read.
//
// https://xhr.spec.whatwg.org/#the-response-attribute
func response(r *qjs.Realm, x *XMLHttpRequest) (qjs.Value, error) {
	if x.responseType == "" || x.responseType == "text" {
		return r.String(x.text()), nil
	}
	if x.state != stateDone || x.response == nil || x.failed {
		return qjs.Null(), nil
	}
	if x.value != nil {
		return x.value.Value(), nil
	}
	var v qjs.Value
	var err error
	switch x.responseType {
	case "arraybuffer":
		v, err = r.NewArrayBuffer(x.response.content.data)
	case "blob":
		v, err = newBlob(r, x.response.content.data, mimeType(x.contentType()))
	case "json":
		v, err = parseJSON(r, x.response.content.data)
	}
	if err != nil {
		x.failed = true
		return qjs.Null(), nil
	}
	x.value = r.Runtime().NewRef(v)
	return v, nil
}

func getResponseHeader(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	name, err := webidl.ByteString(c.Realm, c.Arg(0))
	if err != nil || x.response == nil {
		return qjs.Null(), err
	}
	value, ok := x.response.header.list.get(name)
	if !ok {
		return qjs.Null(), nil
	}
	return fromByteString(c.Realm, value), nil
}

// getAllResponseHeaders returns the headers as lines.
//
// https://xhr.spec.whatwg.org/#the-getallresponseheaders()-method
func getAllResponseHeaders(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	var b strings.Builder
	if x.response != nil {
		for _, h := range x.response.header.list.sortAndCombine() {
			b.WriteString(h.name + ": " + h.value + "\r\n")
		}
	}
	return fromByteString(c.Realm, b.String()), nil
}

func overrideMIMEType(c *qjs.Call, x *XMLHttpRequest) (qjs.Value, error) {
	s, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	if x.state >= stateLoading {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the response is there")
	}
	if x.overrideType = s; mimeType(s) == "" {
		x.overrideType = "application/octet-stream"
	}
	return qjs.Undefined(), nil
}
