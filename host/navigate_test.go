package host

import (
	"net/http"
	"testing"
)

func withHeaders(headers map[string]string, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		_, _ = w.Write([]byte(text))
	})
}

func handlers(all map[string]http.Handler) func(*Options) {
	return func(o *Options) { o.Origins = all }
}

func TestCrossOriginIsolation(t *testing.T) {
	isolated := map[string]string{"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
	mux := http.NewServeMux()
	mux.Handle("/", withHeaders(isolated, "<script>var opened = open('/child')</script>"))
	mux.Handle("/child", withHeaders(isolated, "<script>opener.postMessage(new SharedArrayBuffer(8), '*')</script>"))
	mux.Handle("/plain", withHeaders(nil, ""))
	h := newHost(t, nil, handlers(map[string]http.Handler{"https://a.example": mux}))
	p := open(t, h, "https://a.example/")
	if got := eval(t, p, "crossOriginIsolated + String(isSecureContext)"); got != "truetrue" {
		t.Error(got)
	}
	if got := eval(t, p, "new Promise(f => { onmessage = e => f(e.data.byteLength); open('/child') })"); got != "8" {
		t.Error(got)
	}
	// A page with another policy is of another group: who opened it has a closed window.
	if got := eval(t, p, "var other = open('/plain'); new Promise(f => { const i = setInterval(() => { if (other.closed) { clearInterval(i); "+
		"f('closed') } }, 1) })"); got != "closed" {
		t.Error(got)
	}
	q := open(t, h, "https://a.example/plain")
	if got := eval(t, q, "crossOriginIsolated + typeof SharedArrayBuffer"); got != "falseundefined" {
		t.Error(got)
	}
}

func TestSandboxedDocument(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", withHeaders(map[string]string{"Content-Security-Policy": "sandbox allow-scripts"}, "<script>var ran = true</script>"))
	mux.Handle("/dead", withHeaders(map[string]string{"Content-Security-Policy": "sandbox"}, "<script>var ran = true</script>"))
	h := newHost(t, nil, handlers(map[string]http.Handler{"https://a.example": mux}))
	if got := eval(t, open(t, h, "https://a.example/"), "ran + origin"); got != "truenull" {
		t.Error(got)
	}
	if got := eval(t, open(t, h, "https://a.example/dead"), "typeof ran"); got != "undefined" {
		t.Error(got)
	}
}

func TestFragmentsAndHistory(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "", "next.html": ""})
	p := open(t, h, "/")
	if got := eval(t, p, "new Promise(f => { onhashchange = e => f([e.oldURL, e.newURL, location.hash].join()); "+
		"location.hash = 'x' })"); got != "http://localhost/,http://localhost/#x,#x" {
		t.Error(got)
	}
	if got := eval(t, p, "history.pushState({n: 1}, '', '/pushed'); "+
		"location.pathname + history.state.n + history.length"); got != "/pushed13" {
		t.Error(got)
	}
	if got := eval(t, p, "new Promise(f => { onpopstate = e => f(location.href + e.state); "+
		"history.back() })"); got != "http://localhost/#xnull" {
		t.Error(got)
	}
	if got := eval(t, p, "try { history.pushState(null, '', 'https://other.example/') } catch (e) { e.name }"); got != "SecurityError" {
		t.Error(got)
	}
}

func TestNavigationOfPage(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<script>var first = true; onunload = () => name += 'unloaded'; " +
		"onpagehide = () => name += 'hidden '</script>", "next.html": ""})
	p := open(t, h, "/")
	eval(t, p, "location = 'next.html'")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "location.pathname + typeof first + name"); got != "/next.htmlundefinedhidden unloaded" {
		t.Error(got)
	}
	if got := p.URL(); got != "http://localhost/next.html" {
		t.Error(got)
	}
}

func TestOpenFails(t *testing.T) {
	h := newHost(t, nil)
	for _, url := range []string{"https://nowhere.invalid/", "http://["} {
		if p, err := h.Open(within(t), url); err == nil {
			t.Errorf("%s: %v", url, p)
		}
	}
}

func TestJavaScriptURL(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	p := open(t, h, "/")
	eval(t, p, "var v = 1; location = 'javascript:v%20=%202; void 0'")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "v"); got != "2" {
		t.Error(got)
	}
	eval(t, p, `location = "javascript:'<script>var made = location.pathname</scr' + 'ipt>'"`)
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "typeof v + made"); got != "undefined/" {
		t.Error(got)
	}
}
