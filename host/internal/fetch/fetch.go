package fetch

import (
	"net/http"

	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// fetch fetches.
//
// https://fetch.spec.whatwg.org/#dom-global-fetch
func fetch(c *qjs.Call) (qjs.Value, error) {
	s := settings.Of(c.Realm)
	q, err := newRequest(c)
	if err != nil {
		return qjs.Value{}, err
	}
	// 1. One that was aborted already is not begun.
	promise, resolve, reject := s.NewPromise()
	signal := q.source
	if signal != nil && signal.Aborted() {
		reject(signal.Reason())
		return promise, nil
	}
	if q.url == "about:blank" {
		blank := &loader.Response{URL: q.url, Status: 200, StatusText: "OK", Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}}
		resolve(webidl.Wrap(c.Realm, ResponseInterface, newResponse(&loader.Request{}, blank)))
		return promise, nil
	}
	// 2. The body is read by the network from now on.
	request := q.toLoader(s)
	unlisten, cancel, ended := func() {}, func() {}, false
	finish := func() {
		ended = true
		unlisten()
		q.held.Free()
	}
	if signal != nil {
		unlisten = signal.Add(func() {
			cancel()
			reject(signal.Reason())
			finish()
		})
	}
	// 3. Either the response comes first or the abort does.
	q.content.take(func(data []byte) {
		if ended {
			return
		}
		request.Body = data
		cancel = start(s, "fetch", request, func(response *loader.Response, err error) {
			finish()
			if err != nil {
				reject(s.Realm.NewError("TypeError", "Failed to fetch: "+err.Error()))
				return
			}
			p := newResponse(request, response)
			if err := p.hold(s.Realm); err != nil {
				reject(webidl.ErrorValue(s.Realm, err))
				return
			}
			resolve(webidl.Wrap(s.Realm, ResponseInterface, p))
		})
	}, func(reason qjs.Value) {
		if !ended {
			finish()
			reject(reason)
		}
	})
	return promise, nil
}
