// Package fetch is the Fetch Standard's API, fetch(), Headers, Request and Response, and
// XMLHttpRequest with FormData.
//
// Package loader does the loading itself, with redirects, the CORS check, cookies, data:
// and blob: URLs.
//
// # Standard
//
// https://fetch.spec.whatwg.org/ and https://xhr.spec.whatwg.org/ as of 2026-08-21.
//
// FIXME: bodies are read whole, also those that are streams, before anything is done with them.
//
// # Concurrency
//
// Each fetch under way has a goroutine. It never touches the engine: it queues its result as a
// task. It ends when its global does.
//
// # Limits
//
// A global has at most [maxActive] fetches under way, others wait; at most [maxWaiting] of
// these, or they fail.
package fetch

import "github.com/entangle-go/entangle/host/internal/webidl"

const (
	maxActive  = 64
	maxWaiting = 10_000
)

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{
		HeadersInterface, RequestInterface, ResponseInterface, FormDataInterface,
		XMLHttpRequestEventTargetInterface, XMLHttpRequestUploadInterface, XMLHttpRequestInterface,
	}
}

// Operations are the methods of WindowOrWorkerGlobalScope.
var Operations = []webidl.Operation{{Name: "fetch", Length: 1, Promise: true, Func: fetch}}
