package loader

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/bloburl"
)

func origin(t *testing.T, u string) entangle.Origin {
	t.Helper()
	o, err := entangle.ParseOrigin(u)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// site serves two origins in this process.
func site(t *testing.T) *Loader {
	t.Helper()
	files := fstest.MapFS{
		"index.html": {Data: []byte("<p>home")}, "a/index.html": {Data: []byte("a")}, "x.js": {Data: []byte("1")},
		"plain": {Data: []byte("<!doctype html><p>")},
	}
	foreign := http.NewServeMux()
	foreign.HandleFunc("/open", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
		_, _ = w.Write([]byte(r.Header.Get("Origin") + "|" + r.Header.Get("Referer")))
	})
	foreign.HandleFunc("/cookie", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Header.Get("Cookie"))) })
	foreign.HandleFunc("/home", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://localhost/x.js#there", http.StatusFound)
	})
	foreign.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	foreign.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("no") })
	foreign.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) })
	l, err := New(Options{
		Origins: map[string]http.Handler{"http://localhost": Files(files), "https://other.example": foreign},
		MaxBody: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func TestFetch(t *testing.T) {
	l := site(t)
	home := origin(t, "http://localhost")
	for _, test := range []struct {
		name    string
		request Request
		url     string // of the response
		status  int
		body    string
		essence string
	}{
		{"a folder's page", Request{URL: "http://localhost/"}, "http://localhost/", 200, "<p>home", "text/html"},
		{"a folder without a slash", Request{URL: "http://localhost/a"}, "http://localhost/a/", 200, "a", "text/html"},
		{"a script", Request{URL: "http://localhost/x.js?q#f"}, "http://localhost/x.js?q#f", 200, "1", "text/javascript"},
		{"nothing there", Request{URL: "http://localhost/none"}, "http://localhost/none", 404, "404 page not found\n", "text/plain"},
		{"no type: sniffed", Request{URL: "http://localhost/plain"}, "http://localhost/plain", 200, "<!doctype html><p>", "text/html"},
		{"no path leads out", Request{URL: "http://localhost/../../x.js"}, "http://localhost/x.js", 200, "1", "text/javascript"},
		{"data:", Request{URL: "data:text/plain,a%20b#c"}, "data:text/plain,a%20b#c", 200, "a b", "text/plain"},
		{"data: in base64", Request{URL: "data:;base64,YSBi"}, "data:;base64,YSBi", 200, "a b", "text/plain"},
		{"redirect", Request{URL: "https://other.example/home"}, "http://localhost/x.js#there", 200, "1", "text/javascript"},
		{"CORS allowed", Request{URL: "https://other.example/open", Mode: CORS, Referrer: "http://localhost/a/b"}, "https://other.example/open",
			200, "http://localhost|http://localhost/", "text/plain"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.request.Origin = home
			r, err := l.Fetch(t.Context(), &test.request)
			if err != nil {
				t.Fatal(err)
			}
			if r.URL != test.url || r.Status != test.status || string(r.Body) != test.body || r.MediaType().Essence != test.essence {
				t.Errorf("%s %d %q %q", r.URL, r.Status, r.Body, r.MediaType().Essence)
			}
		})
	}
}

func TestNetworkErrors(t *testing.T) {
	l := site(t)
	for _, test := range []Request{
		{URL: "https://other.example/home", Mode: CORS},
		{URL: "https://other.example/open", Mode: SameOrigin},
		{URL: "https://other.example/open", Mode: CORS, IncludeCredentials: true},
		{URL: "https://other.example/loop"},
		{URL: "https://other.example/panic"},
		{URL: "https://other.example/long"},
		{URL: "http://localhost/a", Redirect: RedirectError},
		{URL: "file:///etc/passwd"},
		{URL: "blob:http://localhost/unknown"},
		{URL: "data:nothing"},
		{URL: "/relative"},
	} {
		test.Origin = origin(t, "http://localhost")
		if r, err := l.Fetch(t.Context(), &test); !errors.Is(err, ErrNetwork) {
			t.Errorf("%s: %v, %v", test.URL, r, err)
		}
	}
}

func TestCookies(t *testing.T) {
	l := site(t)
	home := origin(t, "http://localhost")
	get := func(r Request) string {
		t.Helper()
		r.Origin = home
		response, err := l.Fetch(t.Context(), &r)
		if err != nil {
			t.Fatal(err)
		}
		return string(response.Body)
	}
	get(Request{URL: "https://other.example/open", Mode: CORS})
	if got := get(Request{URL: "https://other.example/cookie"}); got != "" {
		t.Errorf("CORS without credentials took a cookie: %q", got)
	}
	get(Request{URL: "https://other.example/open"})
	if got := get(Request{URL: "https://other.example/cookie"}); got != "seen=yes" {
		t.Errorf("cookie %q", got)
	}
	l.SetCookie("https://other.example/x/y", "mine=1; path=/x")
	if got := l.Cookies("https://other.example/x/z"); !strings.Contains(got, "mine=1") || !strings.Contains(got, "seen=yes") {
		t.Errorf("cookies %q", got)
	}
}

func TestBlobURLs(t *testing.T) {
	l := site(t)
	home := origin(t, "http://localhost")
	key := entangle.StorageKey{Origin: home}
	u, err := l.Blobs().Add("owner", bloburl.Entry{Data: []byte("blob"), Type: "text/html", Origin: home, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	early := Request{URL: u, Origin: home}
	l.Resolve(&early)
	l.Blobs().Revoke(u, key)
	if r, err := l.Fetch(t.Context(), &early); err != nil || string(r.Body) != "blob" || r.Origin != home {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := l.Fetch(t.Context(), &Request{URL: u, Origin: home}); !errors.Is(err, ErrNetwork) {
		t.Errorf("a revoked URL: %v", err)
	}
}

func TestHostRules(t *testing.T) {
	l, err := New(Options{HostRules: []string{"MAP *.web.test 127.0.0.1", "MAP web.test 10.0.0.1:81, map gone.* ~NOTFOUND",
		"EXCLUDE www.web.test"}})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"a.b.web.test:8000":  "127.0.0.1:8000",
		"web.test:80":        "10.0.0.1:81",
		"www.web.test:80":    "www.web.test:80",
		"gone.web.example:1": "",
		"a.localhost:5":      "localhost:5",
		"example.com:443":    "example.com:443",
	} {
		if got, err := l.address(address); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
	for _, bad := range []string{"MAP a", "GO a b", "MAP [ b"} {
		if _, err := New(Options{HostRules: []string{bad}}); err == nil {
			t.Errorf("%q is no rule", bad)
		}
	}
}

func FuzzParseDataURL(f *testing.F) {
	for _, s := range []string{"data:,", "data:text/html;base64,YQ==", "data:;charset=x,%41%", "data:a/b; base64 ,%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if contentType, _, err := parseDataURL(s); err == nil && ParseMediaType(contentType).Essence == "" {
			t.Errorf("%q has no type", s)
		}
	})
}
