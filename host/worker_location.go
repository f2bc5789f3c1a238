package host

import (
	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// workerLocation is a WorkerLocation object: the parts of the URL of the worker's script,
// after redirects.
//
// https://html.spec.whatwg.org/multipage/workers.html#worker-locations
type workerLocation struct {
	webidl.Platform
	url    *url.Url
	origin string // serialized
}

var workerLocationInterface = &webidl.Interface{
	Name: "WorkerLocation", Exposed: webidl.Worker,
	Attributes: []webidl.Attribute{
		locationPart("href", func(l *workerLocation) string { return l.url.Href(false) }),
		locationPart("origin", func(l *workerLocation) string { return l.origin }),
		locationPart("protocol", func(l *workerLocation) string { return l.url.Protocol() }),
		locationPart("host", func(l *workerLocation) string { return l.url.Host() }),
		locationPart("hostname", func(l *workerLocation) string { return l.url.Hostname() }),
		locationPart("port", func(l *workerLocation) string { return l.url.Port() }),
		locationPart("pathname", func(l *workerLocation) string { return l.url.Pathname() }),
		locationPart("search", func(l *workerLocation) string { return l.url.Search() }),
		locationPart("hash", func(l *workerLocation) string { return l.url.Hash() }),
	},
	Operations: []webidl.Operation{{Name: "toString", Func: func(c *qjs.Call) (qjs.Value, error) {
		l, err := webidl.This[*workerLocation](c)
		if err != nil {
			return qjs.Value{}, err
		}
		return c.Realm.String(l.url.Href(false)), nil
	}}},
}

func locationPart(name string, part func(*workerLocation) string) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(r *qjs.Realm, l *workerLocation) (qjs.Value, error) {
		return r.String(part(l)), nil
	})}
}
