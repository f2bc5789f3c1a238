package host

import (
	"context"
	"fmt"

	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	whatwgurl "github.com/nlnwa/whatwg-url/url"
)

// moduleMap is the sources of the modules that a global has fetched. The engine makes modules of
// them, and has a map of those.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#module-map
type moduleMap struct {
	settings    *settings.Object
	destination string // "script", or "worker" and the like for a worker's own modules
	credentials bool   // send cookies to other origins, too
	anonymous   bool   // send no cookies at all
	sources     map[moduleKey]*moduleSource
	referrers   map[string]string     // by module URL, which module or script asked for it first
	outside     func(*loader.Request) // while a worker's own modules are fetched: says that the outside settings ask for it
}

type moduleKey struct{ url, kind string }

type moduleSource struct {
	text string
	err  error
	done bool
	wait []func()
}

type moduleMapKey struct{}

func modulesOf(s *settings.Object) *moduleMap {
	return s.Slot(moduleMapKey{}, func() any {
		return &moduleMap{settings: s, destination: "script", sources: map[moduleKey]*moduleSource{}, referrers: map[string]string{}}
	}).(*moduleMap)
}

// maxModules is how many modules one global may fetch.
const maxModules = 10000

// prepareModules tells the engine where modules come from.
func (a *agent) prepareModules() {
	a.runtime.SetModules(qjs.Modules{
		Resolve: func(realm *qjs.Realm, specifier, referrer string) (string, error) {
			return modulesOf(settings.Of(realm)).resolve(specifier, referrer)
		},
		Load: func(realm *qjs.Realm, url, kind string) (string, error) {
			return modulesOf(settings.Of(realm)).load(a.ctx, a.host, moduleKey{url, kind})
		},
		Meta: func(realm *qjs.Realm, url string, meta qjs.Value) {
			_ = meta.Define(realm, "url", realm.String(url), qjs.Ordinary)
			_ = meta.Define(realm, "resolve", realm.NewFunction("resolve", 1, func(c *qjs.Call) (qjs.Value, error) {
				specifier, err := c.Arg(0).ToString(c.Realm)
				if err != nil {
					return qjs.Value{}, err
				}
				resolved, err := resolveModule(settings.Of(c.Realm), specifier, url)
				return c.Realm.String(resolved), err
			}), qjs.Ordinary)
		},
	})
}

// resolveModule resolves a module specifier.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#resolve-a-module-specifier
//
// FIXME: no import maps.
func resolveModule(s *settings.Object, specifier, referrer string) (string, error) {
	base := referrer
	if u, err := whatwgurl.Parse(base); err != nil || u.OpaquePath() {
		base = s.BaseURL()
	}
	relative := len(specifier) > 0 && (specifier[0] == '/' || len(specifier) > 1 && specifier[:2] == "./" || len(specifier) > 2 &&
		specifier[:3] == "../")
	var u *whatwgurl.Url
	var err error
	if relative {
		u, err = whatwgurl.ParseRef(base, specifier)
	} else {
		u, err = whatwgurl.Parse(specifier)
	}
	if err != nil {
		return "", qjs.TypeError("the module specifier %q is neither a URL nor begins with /, ./ or ../", specifier)
	}
	return u.Href(false), nil
}

// resolve resolves a module specifier, and remembers who asked for the module.
func (m *moduleMap) resolve(specifier, referrer string) (string, error) {
	resolved, err := resolveModule(m.settings, specifier, referrer)
	if err == nil && len(m.referrers) < maxModules && m.referrers[resolved] == "" {
		m.referrers[resolved] = referrer
	}
	return resolved, err
}

// request returns what fetches a module.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-single-module-script
func (m *moduleMap) request(key moduleKey) *loader.Request {
	destination := m.destination
	if key.kind != "" {
		destination = key.kind
	}
	request := &loader.Request{
		URL: key.url, Mode: loader.CORS, Destination: destination, IncludeCredentials: m.credentials, OmitCredentials: m.anonymous,
		Origin: m.settings.Origin, Key: m.settings.StorageKey(), ReferrerPolicy: policiesOf(m.settings).referrer,
	}
	if request.Referrer = m.referrers[key.url]; request.Referrer == "" {
		request.Referrer = m.settings.ReferrerURL()
	}
	if m.outside != nil {
		m.outside(request)
	}
	return request
}

// read takes the text out of a response.
func (key moduleKey) read(response *loader.Response, err error) (string, error) {
	if err != nil {
		return "", qjs.TypeError("cannot fetch the module %s", key.url)
	}
	t := response.MediaType()
	switch {
	case !response.OK():
		return "", qjs.TypeError("cannot fetch the module %s: status %d", key.url, response.Status)
	case key.kind == "" && !t.IsJavaScript(), key.kind == "json" && !t.IsJSON():
		return "", qjs.TypeError("the module %s has the type %q", key.url, t.Essence)
	case key.kind != "" && key.kind != "json":
		return "", qjs.TypeError("there are no modules of the type %q", key.kind)
	}
	return encoding.Decode(response.Body, "utf-8"), nil
}

// load returns a source for the engine: one that was fetched before, or else it waits for it.
//
// DEVIATION: for import() the agent waits: its other tasks do not run meanwhile.
func (m *moduleMap) load(ctx context.Context, h *Host, key moduleKey) (string, error) {
	if s := m.sources[key]; s != nil && s.done {
		return s.text, s.err
	}
	if len(m.sources) >= maxModules {
		return "", qjs.RangeError("a page may have %d modules", maxModules)
	}
	request := m.request(key)
	response, err := h.loader.Fetch(ctx, request)
	text, err := key.read(response, err)
	m.sources[key] = &moduleSource{text: text, err: err, done: true}
	return text, err
}

// prefetch fetches a module and all that it imports, and calls done as a task when all is
// there, or failed.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fetch-the-descendants-of-and-link-a-module-script
func (m *moduleMap) prefetch(h *Host, key moduleKey, done func(error)) {
	source := m.sources[key]
	switch {
	case source != nil && source.done:
		done(source.err)
		return
	case source != nil:
		source.wait = append(source.wait, func() { done(source.err) })
		return
	case len(m.sources) >= maxModules:
		done(fmt.Errorf("a page may have %d modules", maxModules))
		return
	}
	source = &moduleSource{wait: []func(){func() { done(source.err) }}}
	m.sources[key] = source
	h.fetchFor(m.settings, m.request(key), func(response *loader.Response, err error) {
		source.text, source.err = key.read(response, err)
		source.done = true
		finish := func() {
			for _, f := range source.wait {
				f()
			}
			source.wait = nil
		}
		if source.err != nil || key.kind != "" {
			finish()
			return
		}
		m.prefetchImports(h, source.text, key.url, finish)
	})
}

// prefetchImports fetches all that a module imports; what fails is left to the engine, which asks
// again. Modules that import each other do not wait for each other: each is complete once all
// sources that it began to fetch itself are.
func (m *moduleMap) prefetchImports(h *Host, source, url string, done func()) {
	left := 1
	one := func(error) {
		if left--; left == 0 {
			done()
		}
	}
	for _, request := range m.settings.Realm.Runtime().ModuleRequests(source) {
		resolved, err := m.resolve(request.Specifier, url)
		key := moduleKey{resolved, request.Kind}
		if err != nil || m.sources[key] != nil {
			continue
		}
		left++
		m.prefetch(h, key, one)
	}
	one(nil)
}

// runModule evaluates a module that was fetched with all that it imports; of an inline one source
// is the text. What it throws is reported, also when it was waiting for a promise.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#run-a-module-script
func runModule(s *settings.Object, url string, source *string) {
	s.RunScript(func() error {
		var promise qjs.Value
		var err error
		if source != nil {
			promise, err = s.Realm.EvalModule(*source, url)
		} else {
			promise, err = s.Realm.ImportModule(url, url)
		}
		if err != nil {
			return err
		}
		failed := s.Realm.NewFunction("", 1, func(c *qjs.Call) (qjs.Value, error) {
			s.ReportException(s.Realm.NewException(c.Arg(0)))
			return qjs.Value{}, nil
		})
		_, err = s.Realm.Intrinsic("%Promise.prototype.then%").Call(s.Realm, promise, qjs.Undefined(), failed)
		return err
	})
}
