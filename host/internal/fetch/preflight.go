package fetch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// load fetches, and asks for permission before if another origin must give it.
//
// https://fetch.spec.whatwg.org/#concept-http-fetch
//
// FIXME: a redirect to another origin is not asked for permission; it is only checked.
func load(ctx context.Context, l *loader.Loader, r *loader.Request) (*loader.Response, error) {
	names := unsafeNames(r.Header)
	simple := (r.Method == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost) && len(names) == 0
	if r.Mode == loader.CORS && !simple {
		if target, err := entangle.ParseOrigin(r.URL); err == nil && !target.Opaque() && target != r.Origin &&
			!strings.HasPrefix(r.URL, "blob:") {
			if err := preflight(ctx, l, r, names); err != nil {
				return nil, err
			}
		}
	}
	return l.Fetch(ctx, r)
}

func unsafeNames(h http.Header) []string {
	var list headerList
	for name, values := range h {
		for _, value := range values {
			list = append(list, header{name, value})
		}
	}
	return list.unsafeNames()
}

// preflight asks another origin whether it takes the method and the headers.
//
// https://fetch.spec.whatwg.org/#cors-preflight-fetch
func preflight(ctx context.Context, l *loader.Loader, r *loader.Request, names []string) error {
	// 1. Ask, without credentials.
	ask := &loader.Request{
		URL: r.URL, Method: http.MethodOptions, Mode: loader.CORS, Redirect: loader.RedirectError, Origin: r.Origin, Key: r.Key,
		Referrer: r.Referrer, OmitCredentials: true, IncludeCredentials: r.IncludeCredentials,
		Header: http.Header{"Access-Control-Request-Method": {r.Method}},
	}
	if len(names) > 0 {
		ask.Header.Set("Access-Control-Request-Headers", strings.Join(names, ","))
	}
	answer, err := l.Fetch(ctx, ask)
	if err != nil {
		return err
	}
	if !answer.OK() {
		return fmt.Errorf("the preflight was answered by status %d", answer.Status)
	}
	// 2. The method.
	any := !r.IncludeCredentials // then * stands for all
	methods := answer.Header.Values("Access-Control-Allow-Methods")
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost
	if !safe && !allowed(methods, r.Method, any, false) {
		return fmt.Errorf("the preflight does not allow the method %.40s", r.Method)
	}
	// 3. The headers; Authorization must be named.
	headers := answer.Header.Values("Access-Control-Allow-Headers")
	for _, name := range names {
		if !allowed(headers, name, any && name != "authorization", true) {
			return fmt.Errorf("the preflight does not allow the header %.100s", name)
		}
	}
	return nil
}

// allowed reports whether a list names what is wanted.
func allowed(values []string, wanted string, any, fold bool) bool {
	for _, value := range values {
		if slices.ContainsFunc(strings.Split(value, ","), func(s string) bool {
			s = strings.Trim(s, " \t")
			return s == wanted || any && s == "*" || fold && strings.EqualFold(s, wanted)
		}) {
			return true
		}
	}
	return false
}
