package host

import (
	"testing"
	"time"
)

func TestParseRefresh(t *testing.T) {
	for content, want := range map[string]struct {
		delay time.Duration
		url   string
		ok    bool
	}{
		"5":                       {5 * time.Second, "", true},
		" 0 ; url=next.html":      {0, "next.html", true},
		"1.5;URL = 'a b' c":       {time.Second, "a b", true},
		"3, other":                {3 * time.Second, "other", true},
		"x":                       {},
		"":                        {},
		"5x":                      {},
		"99999999999999999999999": {maxRefresh, "", true},
	} {
		if delay, url, ok := parseRefresh(content); delay != want.delay || url != want.url || ok != want.ok {
			t.Errorf("%q: %v %q %v", content, delay, url, ok)
		}
	}
}

func TestWrittenDocument(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<iframe></iframe><script>var d = frames[0].document; d.open(); " +
		"d.write('<p id=a>x<script>parent.ran = document.getElementById(\"a\").firstChild.data<\\/script>'); d.close()</script>"})
	p := open(t, h, "/")
	if got := eval(t, p, "ran + d.readyState + frames[0].location.href"); got != "xcompletehttp://localhost/" {
		t.Error(got)
	}
}

func TestScriptOrder(t *testing.T) {
	h := newHost(t, map[string]string{
		"index.html": `<script>var log = ['inline']; addEventListener('DOMContentLoaded', () => log.push('parsed'));
			addEventListener('load', () => log.push('load'))</script>
			<script src=defer.js defer></script><script type=module>log.push('module')</script><script
			src=blocking.js></script><script>log.push(document.currentScript.previousSibling !== null)</script>
			<script>const s = document.createElement('script'); s.src = 'inserted.js'; s.async = false; document.head.append(s)</script>`,
		"defer.js": "log.push('defer')", "blocking.js": "log.push('blocking')", "inserted.js": "window.inserted = true",
	})
	p := open(t, h, "/")
	if got := eval(t, p, "log.join() + inserted"); got != "inline,blocking,true,defer,module,parsed,loadtrue" {
		t.Error(got)
	}
}

func TestModules(t *testing.T) {
	h := newHost(t, map[string]string{
		"index.html": `<script type=module src=/m/a.js></script><script>var bad;
			addEventListener('error', e => { bad = e.message; e.preventDefault() })</script><script type=module>import './m/none.js';
			window.never = 1</script><script type=module>throw new Error('thrown')</script>`,
		"m/a.js": "import { b } from './b.js'; import data from './d.json' with { type: 'json' }; " +
			"window.result = b + data.n + import.meta.url; window.dynamic = import('./b.js').then(m => m.b)",
		"m/b.js":   "import './a.js'; export const b = 'b'",
		"m/d.json": `{"n": 5}`,
	})
	p := open(t, h, "/")
	if got := eval(t, p, "dynamic.then(d => result + d + typeof never + bad)"); got != "b5http://localhost/m/a.jsbundefined"+
		"Uncaught Error: thrown" {
		t.Error(got)
	}
}

func TestFormsAndLinks(t *testing.T) {
	h := newHost(t, map[string]string{
		"index.html": `<form action=next.html target=f><input name=q value="a b"><input type=checkbox name=c checked><button
			name=go value=1></button></form><a href="other.html#x" target=f></a><iframe name=f></iframe>`,
		"next.html": "<script>parent.seen = location.search</script>", "other.html": "<script>parent.seen = location.pathname</script>",
	})
	p := open(t, h, "/")
	eval(t, p, "document.querySelector('button').click()")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "seen"); got != "?q=a+b&c=on&go=1" {
		t.Error(got)
	}
	eval(t, p, "document.querySelector('a').click()")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "seen"); got != "/other.html" {
		t.Error(got)
	}
}
