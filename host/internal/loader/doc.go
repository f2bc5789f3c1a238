// Package loader fetches the resources of pages, frames, workers and scripts: from HTTP servers,
// from handlers and folders of the Go program that stand for origins, from data: and blob: URLs.
//
// It is the Fetch Standard's main fetch and HTTP fetch as far as loading needs them: request modes,
// redirects and their taint, the CORS check without preflights, cookies. Bodies are read whole.
//
// # Standard
//
// https://fetch.spec.whatwg.org/ as of 2026-08-21.
//
// # Concurrency
//
// A [Loader] is shared by all agents of a host; its methods may be called from any goroutine. It
// starts no goroutine of its own besides those of net/http.
//
// # Limits
//
// Time, size of a body and number of redirects are limited, see [Options].
package loader
