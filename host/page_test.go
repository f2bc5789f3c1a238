package host

import "testing"

func TestEval(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<p>hello"})
	p := open(t, h, "/")
	for _, test := range []struct{ source, want string }{
		{"1 + 1", "2"},
		{"location.href", "http://localhost/"},
		{"window === self && self === globalThis && frames === window && parent === top", "true"},
		{"new Promise(f => setTimeout(f, 5, 'later'))", "later"},
		{"Object.prototype.toString.call(window)", "[object Window]"},
		{"origin + isSecureContext + crossOriginIsolated", "http://localhosttruefalse"},
		{"new Promise(f => { onmessage = e => f(e.data + e.origin + (e.source === window)); postMessage('hi', '*') })", "hihttp://localhosttrue"},
	} {
		if got := eval(t, p, test.source); got != test.want {
			t.Errorf("%s: %s, want %s", test.source, got, test.want)
		}
	}
}

func TestStorage(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	p := open(t, h, "/")
	for _, test := range []struct{ source, want string }{
		{"localStorage.setItem('a', 1); localStorage.b = 2; localStorage.a + localStorage.getItem('b') + localStorage.length", "122"},
		{"Object.keys(localStorage).join() + localStorage.key(0) + ('a' in localStorage) + localStorage.none", "a,batrueundefined"},
		{"delete localStorage.a; localStorage.getItem('a')", "<nil>"},
		{"localStorage.length + sessionStorage.length + typeof localStorage.getItem", "1function"},
		{"try { localStorage.big = 'x'.repeat(6e6) } catch (e) { e.name }", "QuotaExceededError"},
		{"screen.width + String(locationbar.visible) + matchMedia('print').matches", "800truefalse"},
	} {
		if got := eval(t, p, test.source); got != test.want {
			t.Errorf("%s: %s, want %s", test.source, got, test.want)
		}
	}
	if got := eval(t, open(t, h, "/"), "localStorage.b"); got != "2" {
		t.Error(got)
	}
}

func TestStorageEvents(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	p, q := open(t, h, "/"), open(t, h, "/")
	eval(t, p, "var changed = new Promise(f => { onstorage = e => f([e.key, e.oldValue, e.newValue, e.url, "+
		"e.storageArea === localStorage].join()) }); 0")
	eval(t, q, "onstorage = () => { throw new Error('it is my own change') }; localStorage.k = 'v'")
	if got := eval(t, p, "changed"); got != "k,,v,http://localhost/,true" {
		t.Error(got)
	}
}
