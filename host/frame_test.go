package host

import (
	"fmt"
	"net/http"
	"testing"
)

// sites serves pages of several origins.
func sites(pages map[string]map[string]string) func(*Options) {
	return func(o *Options) {
		o.Origins = map[string]http.Handler{}
		for origin, files := range pages {
			o.Origins[origin] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, ok := files[r.URL.Path]
				if !ok {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, text)
			})
		}
	}
}

func TestSameOriginFrame(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{"https://a.example": {
		"/": "<iframe name=inner src=inner.html></iframe>",
		"/inner.html": "<script>var secret = 42; parent.greeting = 'hello from ' + location.pathname; " +
			"var up = parent === top && parent.frames[0] === self</script>",
	}}))
	p := open(t, h, "https://a.example/")
	for source, want := range map[string]string{
		"greeting": "hello from /inner.html", "frames[0].secret": "42", "inner === frames[0] && length === 1": "true", "frames[0].up": "true",
		"frames[0].Array === Array": "false", "frames[0].parent === self": "true", "frames[0].name": "inner",
	} {
		if got := eval(t, p, source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestCrossOriginFrame(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<script>var log = []; onmessage = e => { log.push(e.data + '@' + e.origin + (e.source === frames[0])); " +
			"if (e.data === 'up') e.source.postMessage('back', e.origin) }</script><iframe src=https://b.example/></iframe>"},
		"https://b.example": {"/": "<script>var secret = 1; onmessage = e => parent.postMessage('got ' + e.data, '*'); " +
			"parent.postMessage('up', '*')</script>"},
	}))
	p := open(t, h, "https://a.example/")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"log[0]": "up@https://b.exampletrue",
		"log[1]": "got back@https://b.exampletrue",
		"try { frames[0].secret } catch (e) { e.name + (e instanceof DOMException) }":              "SecurityErrortrue",
		"try { frames[0].document } catch (e) { e.name }":                                          "SecurityError",
		"try { frames[0].secret = 1 } catch (e) { e.name }":                                        "SecurityError",
		"Object.getPrototypeOf(frames[0])":                                                         "<nil>",
		"frames[0].parent === self && frames[0].window === frames[0] && frames[0].length === 0":    "true",
		"frames[0].closed + Object.keys(frames[0]).join()":                                         "false",
		"frames[0].postMessage === frames[0].postMessage && frames[0].postMessage !== postMessage": "true",
		"try { frames[0].location.href } catch (e) { e.name }":                                     "SecurityError",
		"Object.prototype.toString.call(frames[0]) + typeof frames[0].then":                        "[object Object]undefined",
	} {
		if got := eval(t, p, source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

// The identity of a WindowProxy stays while the window navigates from origin to origin.
func TestWindowProxyIdentity(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<iframe src=one></iframe>", "/one": "<script>var page = 1</script>", "/two": "<script>var page = 2</script>"},
		"https://b.example": {"/": "<script>onmessage = e => location = e.data</script>"},
	}))
	p := open(t, h, "https://a.example/")
	wait := func() {
		t.Helper()
		if err := h.Wait(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got := eval(t, p, "var held = frames[0]; held.location = 'https://b.example/'; held.page"); got != "1" {
		t.Error(got)
	}
	wait()
	if got := eval(t, p, "held === frames[0] && (() => { try { held.page } catch (e) { return e.name } })()"); got != "SecurityError" {
		t.Error(got)
	}
	eval(t, p, "held.postMessage('https://a.example/two', '*')")
	wait()
	if got := eval(t, p, "held === frames[0] && held.page"); got != "2" {
		t.Error(got)
	}
	eval(t, p, "held.location.href = '/one'")
	wait()
	if got := eval(t, p, "held === frames[0] && held.page + held.self === frames[0].self"); got != "false" {
		t.Error(got)
	}
	if got := eval(t, p, "held.page"); got != "1" {
		t.Error(got)
	}
}

func TestOpenedWindow(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "", "/child": "<script>opener.postMessage(name + (opener.child === self), '*')</script>"},
		"https://b.example": {"/": "<script>opener.postMessage('from b', '*')</script>"},
	}))
	p := open(t, h, "https://a.example/")
	if got := eval(t, p, "var child; new Promise(f => { onmessage = e => f(e.data); child = open('/child', 'kid') })"); got != "kidtrue" {
		t.Error(got)
	}
	if got := eval(t, p, "new Promise(f => { onmessage = e => f(e.data + (e.source === child)); "+
		"open('https://b.example/', 'kid') })"); got != "from btrue" {
		t.Error(got)
	}
	if got := eval(t, p, "child.close(); child.closed"); got != "true" {
		t.Error(got)
	}
	if got := eval(t, p, "open('/', '_blank', 'noopener')"); got != "<nil>" {
		t.Error(got)
	}
}
