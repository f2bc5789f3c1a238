// Package demo is what `entangle serve` shows: pages of three origins, made after the examples of
// the HTML Standard and of the 2013 proposal for connectTo, and the Go service behind one of them.
//
// The pages are plain modules without a build step; each page shows its source, the very files that
// run. Only Yjs, which merges the edits of the shared document, is bundled: see dist and build.
package demo

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/entangle-go/entangle/npm"
)

//go:generate go run ./build

//go:embed pages static dist contacts.go
var files embed.FS

// Site says where the demo runs, and the texts with which its pages speak of it. Origins look like
// "http://127.0.0.1:8080".
type Site struct {
	Social   string // the origin of most pages: the landing page, the document, the social site
	Contacts string // the origin of the contacts provider
	Game     string // the origin of the game
	Hub      string // the hub's address as a page of Social dials it
	User     string // who everybody is
	Command  string // how the command is started, as the pages tell it
	Flags    string // what the other commands need to find the hub, with a space before it; empty by default
}

// page is one HTML page; its template sees its fields and the site's.
type page struct {
	*Site
	Path    string
	Title   string
	Frame   bool // without header, footer and explanations: for a frame in another page
	Scripts []string
	file    string
}

// asset is a file to serve.
type asset struct {
	body        []byte
	contentType string
	etag        string
	public      bool // pages of other origins may load it
}

// Handlers returns what serves each origin. They can be used concurrently.
func Handlers(site Site) (social, contacts, game http.Handler, err error) {
	pages, err := template.ParseFS(files, "pages/*.html")
	if err != nil {
		return nil, nil, nil, err
	}
	shared, err := sharedAssets()
	if err != nil {
		return nil, nil, nil, err
	}
	for _, origin := range []struct {
		handler   *http.Handler
		origin    string
		ancestors string
		pages     []page
	}{
		{&social, site.Social, "'self'", []page{
			{Path: "/", Title: "Entangle", file: "index.html", Scripts: []string{"commands.js"}},
			{Path: "/document", Title: "Edit together · Entangle", file: "document.html", Scripts: []string{"document.js", "source.js"}},
			{Path: "/document/frame", Title: "The shared document", file: "document.html", Frame: true, Scripts: []string{"document.js"}},
			{Path: "/social", Title: "Grant one contact · Entangle", file: "social.html", Scripts: []string{"social.js", "source.js"}},
			{Path: "/auth", Title: "Log out everywhere · Entangle", file: "auth.html", Scripts: []string{"auth.js", "commands.js", "source.js"}},
			{Path: "/auth/frame", Title: "Session", file: "auth.html", Frame: true, Scripts: []string{"auth.js"}},
		}},
		{&contacts, site.Contacts, site.Social, []page{{Path: "/", Title: "Contacts", file: "contacts.html", Scripts: []string{"contacts.js"}}}},
		{&game, site.Game, site.Social, []page{{Path: "/", Title: "Game", file: "game.html", Scripts: []string{"game.js"}}}},
	} {
		mux := http.NewServeMux()
		for name, a := range shared {
			mux.Handle("GET /"+name, a)
		}
		for _, p := range origin.pages {
			p.Site = &site
			a, err := p.render(pages)
			if err != nil {
				return nil, nil, nil, err
			}
			pattern := "GET " + p.Path
			if p.Path == "/" {
				pattern = "GET /{$}"
			}
			mux.Handle(pattern, a)
		}
		own, err := url.Parse(origin.origin)
		if err != nil {
			return nil, nil, nil, err
		}
		*origin.handler = guard(mux, own, policy(&site, own, origin.ancestors))
	}
	return social, contacts, game, nil
}

// sharedAssets are the files that every origin serves, by their name in the URL.
func sharedAssets() (map[string]*asset, error) {
	assets := map[string]*asset{}
	for _, from := range []struct {
		fs      fs.FS
		pattern string
		public  bool
	}{
		{files, "static/*", false},
		{files, "dist/*", false},
		{files, "contacts.go", false},
		{npm.Dist, "dist/*.js", true}, // the client, for whoever's page it is
	} {
		names, err := fs.Glob(from.fs, from.pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			body, err := fs.ReadFile(from.fs, name)
			if err != nil {
				return nil, err
			}
			a, err := newAsset(path.Ext(name), body)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			a.public = from.public
			assets[path.Base(name)] = a
		}
	}
	return assets, nil
}

func (p page) render(pages *template.Template) (*asset, error) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, p.file, p); err != nil {
		return nil, err
	}
	return newAsset(".html", body.Bytes())
}

// contentTypes are the types of the demo's files, by extension. The system's table might differ, so
// it is not used.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".go":   "text/plain; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
}

func newAsset(ext string, body []byte) (*asset, error) {
	contentType, ok := contentTypes[ext]
	if !ok {
		return nil, fmt.Errorf("no content type for %q", ext)
	}
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return &asset{body: body, contentType: contentType, etag: etag}, nil
}

func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("ETag", a.etag)
	if a.public {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	w.Header().Set("Cache-Control", "no-cache") // ask each time; the answer is mostly 304
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

// guard serves only requests that name the origin itself, so that no other name that resolves to
// this machine becomes an origin (DNS rebinding). It adds the Content-Security-Policy.
func guard(next http.Handler, own *url.URL, policy string) http.Handler {
	localhost := "localhost:" + own.Port()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		switch {
		case r.Host == own.Host:
			next.ServeHTTP(w, r)
		case r.Host == localhost && r.Header.Get("Upgrade") == "":
			http.Redirect(w, r, own.Scheme+"://"+own.Host+r.URL.EscapedPath(), http.StatusTemporaryRedirect)
		default:
			http.Error(w, "This is "+own.String()+" only: open the page there.", http.StatusMisdirectedRequest)
		}
	})
}

// policy is the Content-Security-Policy of an origin: its own files, its own hub, the
// frames of the demo.
func policy(site *Site, own *url.URL, ancestors string) string {
	frames := "'none'"
	if own.String() == site.Social {
		frames = strings.Join([]string{"'self'", site.Contacts, site.Game}, " ")
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"connect-src 'self' ws://" + own.Host,
		"frame-src " + frames,
		"frame-ancestors " + ancestors,
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
	}, "; ")
}
