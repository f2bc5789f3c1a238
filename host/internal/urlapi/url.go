package urlapi

import (
	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// URL is the interface URL of script.
//
// https://url.spec.whatwg.org/#url-class
type URL struct {
	webidl.Platform
	record *url.Url
	params *URLSearchParams // its list is the record's query; nil until asked for
}

// URLInterface is the interface URL.
var URLInterface = &webidl.Interface{
	Name: "URL", Exposed: webidl.Everywhere, Aliases: []string{"webkitURL"},
	ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		record, err := parseArguments(c)
		if err != nil {
			return nil, err
		}
		if record == nil {
			return nil, invalid(c)
		}
		return &URL{record: record}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "href", Get: text(func(u *URL) string { return u.record.Href(false) }), Set: setHref},
		{Name: "origin", Get: text(func(u *URL) string { return Origin(u.record.Href(false)) })},
		{Name: "protocol", Get: text(func(u *URL) string { return u.record.Protocol() }), Set: setText((*url.Url).SetProtocol)},
		{Name: "username", Get: text(func(u *URL) string { return u.record.Username() }), Set: setText((*url.Url).SetUsername)},
		{Name: "password", Get: text(func(u *URL) string { return u.record.Password() }), Set: setText((*url.Url).SetPassword)},
		{Name: "host", Get: text(func(u *URL) string { return u.record.Host() }), Set: setText((*url.Url).SetHost)},
		{Name: "hostname", Get: text(func(u *URL) string { return u.record.Hostname() }), Set: setText((*url.Url).SetHostname)},
		{Name: "port", Get: text(func(u *URL) string { return u.record.Port() }), Set: setText((*url.Url).SetPort)},
		{Name: "pathname", Get: text(func(u *URL) string { return u.record.Pathname() }), Set: setText((*url.Url).SetPathname)},
		{Name: "search", Get: text(func(u *URL) string { return u.record.Search() }), Set: setText((*url.Url).SetSearch)},
		{Name: "searchParams", Get: webidl.Getter(func(r *qjs.Realm, u *URL) (qjs.Value, error) {
			return webidl.Wrap(r, URLSearchParamsInterface, u.searchParams()), nil
		})},
		{Name: "hash", Get: text(func(u *URL) string { return u.record.Hash() }), Set: setText((*url.Url).SetHash)},
	},
	Operations: []webidl.Operation{
		{Name: "toString", Func: text(func(u *URL) string { return u.record.Href(false) })},
		{Name: "toJSON", Func: text(func(u *URL) string { return u.record.Href(false) })},
	},
	Statics: []webidl.Operation{
		{Name: "canParse", Length: 1, Func: func(c *qjs.Call) (qjs.Value, error) {
			record, err := parseArguments(c)
			return qjs.Bool(record != nil), err
		}},
		{Name: "createObjectURL", Length: 1, Func: createObjectURL},
		{Name: "revokeObjectURL", Length: 1, Func: revokeObjectURL},
	},
}

// What makes a URL refers to the interface: that the language allows only here.
func init() {
	URLInterface.Statics = append(URLInterface.Statics, webidl.Operation{Name: "parse", Length: 1, Func: func(c *qjs.Call) (qjs.Value, error) {
		record, err := parseArguments(c)
		if err != nil || record == nil {
			return qjs.Null(), err
		}
		return webidl.Wrap(c.Realm, URLInterface, &URL{record: record}), nil
	}})
}

// parseArguments parses a URL and the base that it may be relative to; nil if that fails.
//
// https://url.spec.whatwg.org/#api-url-parser
func parseArguments(c *qjs.Call) (*url.Url, error) {
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return nil, err
	}
	if c.Arg(1).IsUndefined() {
		return parsed(url.Parse(input)), nil
	}
	base, err := webidl.USVString(c.Realm, c.Arg(1))
	if err != nil {
		return nil, err
	}
	record := parsed(url.Parse(base))
	if record == nil {
		return nil, nil
	}
	return parsed(record.Parse(input)), nil
}

// parsed returns nil for what could not be parsed: the parser returns what it had until then, too.
func parsed(record *url.Url, err error) *url.Url {
	if err != nil {
		return nil
	}
	return record
}

func invalid(c *qjs.Call) error {
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return err
	}
	return webidl.TypeError("%.200q is not a URL", input)
}

// text makes a getter of a string.
func text(get func(*URL) string) qjs.Func {
	return webidl.Getter(func(r *qjs.Realm, u *URL) (qjs.Value, error) { return r.String(get(u)), nil })
}

// setText makes a setter; afterwards the list of the search parameters is read from the query
// again, which only setting search can change.
func setText(set func(*url.Url, string)) qjs.Func {
	return webidl.Setter(func(r *qjs.Realm, u *URL, v qjs.Value) error {
		s, err := webidl.USVString(r, v)
		if err != nil {
			return err
		}
		set(u.record, s)
		u.params.reread()
		return nil
	})
}

// setHref replaces the whole URL.
//
// https://url.spec.whatwg.org/#dom-url-href
func setHref(c *qjs.Call) (qjs.Value, error) {
	u, err := webidl.This[*URL](c)
	if err != nil {
		return qjs.Value{}, err
	}
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	record, parseErr := url.Parse(input)
	if parseErr != nil {
		return qjs.Value{}, webidl.TypeError("%.200q is not a URL", input)
	}
	u.record = record
	u.params.reread()
	return qjs.Undefined(), nil
}

// Origin returns the serialized origin of a URL.
//
// https://url.spec.whatwg.org/#concept-url-origin
func Origin(rawURL string) string {
	o, err := entangle.ParseOrigin(rawURL)
	if err != nil {
		return "null"
	}
	return o.String()
}

// createObjectURL makes a blob: URL.
//
// https://w3c.github.io/FileAPI/#dfn-createObjectURL
func createObjectURL(c *qjs.Call) (qjs.Value, error) {
	object, err := webidl.To[fileapi.Bloblike]("Blob")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	s, blob := settings.Of(c.Realm), object.ToBlob()
	data, release := blob.Retain()
	made, err := s.Blobs.Add(s, bloburl.Entry{Data: data, Type: blob.Type(), Origin: s.Origin, Key: s.StorageKey(), Removed: release})
	if err != nil {
		release()
		return qjs.Value{}, webidl.DOMException("QuotaExceededError", "%v", err)
	}
	return c.Realm.String(made), nil
}

// revokeObjectURL removes a blob: URL.
//
// https://w3c.github.io/FileAPI/#dfn-revokeObjectURL
func revokeObjectURL(c *qjs.Call) (qjs.Value, error) {
	input, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	s := settings.Of(c.Realm)
	if record, parseErr := url.Parse(input); parseErr == nil && record.Scheme() == "blob" {
		s.Blobs.Revoke(record.Href(false), s.StorageKey())
	}
	return qjs.Undefined(), nil
}
