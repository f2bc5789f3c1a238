package host

import (
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// importScripts fetches scripts and runs them, one after the other, while the worker waits.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-workerglobalscope-importscripts
func importScripts(c *qjs.Call, g *workerGlobalScope) (qjs.Value, error) {
	texts := make([]string, len(c.Args))
	for i, v := range c.Args {
		text, err := webidl.USVString(c.Realm, v)
		if err != nil {
			return qjs.Value{}, err
		}
		texts[i] = text
	}
	// 1. Not in module workers.
	if g.options.workerType == moduleWorker {
		return qjs.Value{}, webidl.TypeError("module workers have import instead of importScripts")
	}
	// 2.-5. All URLs are parsed before anything is fetched.
	urls := make([]string, len(texts))
	for i, text := range texts {
		u, err := parseWorkerURL(g.settings, text)
		if err != nil {
			return qjs.Value{}, err
		}
		urls[i] = u.Href(false)
	}
	// 6. For each: fetch it, run it, with errors thrown to the caller.
	for _, u := range urls {
		if err := g.importScript(u); err != nil {
			return qjs.Value{}, err
		}
	}
	return qjs.Undefined(), nil
}

// importScript fetches a classic worker-imported script and runs it.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-worker-imported-script
func (g *workerGlobalScope) importScript(u string) error {
	response, err := g.host.loader.Fetch(g.agent.ctx, &loader.Request{
		URL: u, Mode: loader.NoCORS, Destination: "script", Origin: g.settings.Origin, Key: g.settings.StorageKey(),
		Referrer: g.settings.ReferrerURL(), ReferrerPolicy: g.policies.referrer,
	})
	if err != nil || !response.OK() || !response.MediaType().IsJavaScript() || g.policies.blocks(response, g.settings.Origin) {
		return webidl.DOMException("NetworkError", "cannot load the script %.300s", u)
	}
	_, err = g.settings.Realm.Eval(encoding.Decode(response.Body, "utf-8"), response.URL)
	if err != nil && response.CrossOrigin && webidl.Catchable(err) { // muted errors
		return webidl.DOMException("NetworkError", "a script of another origin has failed")
	}
	return err
}
