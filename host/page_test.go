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
