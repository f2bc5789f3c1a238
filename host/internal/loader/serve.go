package loader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	neturl "net/url"
	"path"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/nlnwa/whatwg-url/url"
)

// roundTrip sends a request, to a handler of this program if there is one for the origin.
func (l *Loader) roundTrip(request *http.Request, origin entangle.Origin) (*http.Response, error) {
	handler := l.options.Origins[origin.String()]
	if handler == nil {
		return l.transport.RoundTrip(request)
	}
	// A server would have parsed the URL.
	uri := request.URL.RequestURI()
	parsed, err := neturl.ParseRequestURI(uri)
	if err != nil {
		return nil, err
	}
	request.URL, request.RequestURI, request.RemoteAddr = parsed, uri, "127.0.0.1:0"
	if request.Body == nil {
		request.Body = http.NoBody
	}
	recorder := &recorder{header: http.Header{}, limit: l.options.MaxBody}
	if err := recorder.serve(handler, request); err != nil {
		return nil, err
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.response(), nil
}

// recorder is the response of a handler.
type recorder struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
	limit  int64
}

var errTooLong = errors.New("the body is too long")

// serve calls the handler; a panic in it is its own.
func (r *recorder) serve(handler http.Handler, request *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the handler of the origin panicked")
		}
	}()
	handler.ServeHTTP(r, request)
	r.WriteHeader(http.StatusOK)
	return nil
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status, r.sent = status, r.header.Clone()
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if room := r.limit + 1 - int64(r.body.Len()); int64(len(p)) > room { // so much that whoever reads it sees that it is too long
		n, _ := r.body.Write(p[:room])
		return n, errTooLong
	}
	return r.body.Write(p)
}

func (r *recorder) response() *http.Response {
	return &http.Response{
		StatusCode: r.status, Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), Header: r.sent,
		Body: io.NopCloser(bytes.NewReader(r.body.Bytes())),
	}
}

// Files returns a handler that serves a folder. A path of a folder means its index.html.
func Files(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		name := strings.TrimPrefix(path.Clean(request.URL.Path), "/")
		if name == "" {
			name = "."
		}
		if info, err := fs.Stat(files, name); err == nil && info.IsDir() {
			if !strings.HasSuffix(request.URL.Path, "/") {
				http.Redirect(w, request, request.URL.Path+"/", http.StatusMovedPermanently)
				return
			}
			name = path.Join(name, "index.html")
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			http.Error(w, "404 page not found", http.StatusNotFound)
			return
		}
		if t := mediaTypes[strings.ToLower(path.Ext(name))]; t != "" {
			w.Header().Set("Content-Type", t)
		}
		_, _ = w.Write(body) // too long a file: the status tells
	})
}

// mediaTypes are those of files. The table is fixed: what a machine knows of types must not change
// what a page does.
var mediaTypes = map[string]string{
	".html": "text/html;charset=utf-8", ".htm": "text/html;charset=utf-8", ".xhtml": "application/xhtml+xml",
	".js": "text/javascript;charset=utf-8", ".mjs": "text/javascript;charset=utf-8", ".json": "application/json",
	".css": "text/css;charset=utf-8", ".txt": "text/plain;charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".wasm": "application/wasm", ".xml": "text/xml",
	".map": "application/json", ".ico": "image/x-icon", ".webp": "image/webp", ".bin": "application/octet-stream",
}

// Cookies returns the cookies of a URL, as document.cookie shows them.
//
// FIXME: those that are HttpOnly are among them: the jar does not tell.
func (l *Loader) Cookies(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	var texts []string
	for _, c := range l.jar.Cookies(cookieURL(u)) {
		if c.Name == "" {
			texts = append(texts, c.Value)
			continue
		}
		texts = append(texts, c.Name+"="+c.Value)
	}
	return strings.Join(texts, "; ")
}

// SetCookie sets a cookie from script. What is no cookie is ignored, as is one that
// script may not set.
func (l *Loader) SetCookie(rawURL, text string) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return
	}
	if c, err := http.ParseSetCookie(text); err == nil && !c.HttpOnly {
		l.jar.SetCookies(cookieURL(u), []*http.Cookie{c})
	}
}

// cookieURL returns what the cookie jar looks at.
func cookieURL(u *url.Url) *neturl.URL {
	return &neturl.URL{Scheme: u.Scheme(), Host: u.Host(), Path: u.Pathname()}
}
