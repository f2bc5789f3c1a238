package host

import (
	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// workerOptions are a WorkerOptions or SharedWorkerOptions dictionary.
//
// https://html.spec.whatwg.org/multipage/workers.html#workeroptions
type workerOptions struct {
	name, workerType, credentials string
	extendedLifetime              bool
}

const (
	classicWorker = "classic"
	moduleWorker  = "module"
)

func readWorkerOptions(realm *qjs.Realm, v qjs.Value, dictionary string) (workerOptions, error) {
	d, err := webidl.ToDictionary(realm, v, dictionary)
	if err != nil {
		return workerOptions{}, err
	}
	o := workerOptions{
		credentials: webidl.Member(d, "credentials", webidl.Enum("RequestCredentials", "omit", "same-origin", "include"), "same-origin"),
		name:        webidl.Member(d, "name", webidl.DOMString, ""),
		workerType:  webidl.Member(d, "type", webidl.Enum("WorkerType", classicWorker, moduleWorker), classicWorker),
	}
	if dictionary == "SharedWorkerOptions" {
		o.extendedLifetime = webidl.Member(d, "extendedLifetime", webidl.Boolean, false)
	}
	return o, d.Err()
}

// parseWorkerURL parses the URL of a worker's script, relative to the settings
// object's API base URL.
func parseWorkerURL(s *settings.Object, text string) (u *url.Url, err error) {
	absolute, err := resolveURL(s.BaseURL(), text)
	if err == nil {
		u, err = url.Parse(absolute)
	}
	if err != nil {
		return nil, webidl.DOMException("SyntaxError", "'%.300s' is not a URL", text)
	}
	return u, nil
}

// ownerOf returns the relevant owner to add: a window's document, or a worker.
//
// https://html.spec.whatwg.org/multipage/workers.html#relevant-owner-to-add
func ownerOf(s *settings.Object) *workerOwner {
	if w := windowOf(s); w != nil {
		return &w.workerOwner
	}
	return &workerOf(s).entry.workerOwner
}
