package host

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
)

func ended(t *testing.T, p *Page) {
	t.Helper()
	select {
	case <-p.Done():
	case <-within(t).Done():
		t.Fatal("the page is not closed")
	}
	if p.Window() != nil || p.URL() != "" {
		t.Errorf("a closed page has a window, or the URL %q", p.URL())
	}
	if _, err := p.Eval(within(t), "1"); !errors.Is(err, entangle.ErrClosed) {
		t.Errorf("Eval in a closed page: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestPagesEndWithTheHost(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<iframe src=https://b.example/ name=other></iframe><iframe src=/frame></iframe>", "/frame": ""},
		"https://b.example": {"/": "<iframe src=https://a.example/frame></iframe>"},
	}))
	pages := []*Page{open(t, h, "https://a.example/"), open(t, h, "https://b.example/"), open(t, h, "about:blank")}
	frame, err := pages[0].Frame("other")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		ended(t, p)
	}
	if _, err := frame.Eval(within(t), "1"); !errors.Is(err, entangle.ErrClosed) {
		t.Errorf("Eval in a frame of a closed page: %v", err)
	}
	if h.navigables != 0 {
		t.Errorf("%d navigables are left", h.navigables)
	}
	if _, err := h.Open(within(t), "about:blank"); !errors.Is(err, entangle.ErrClosed) {
		t.Errorf("Open: %v", err)
	}
}

// A frame that is not there, and one page too many, are errors that say so.
func TestPageErrors(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<iframe name=inner></iframe>"}, "https://b.example": {"/": ""},
	}), func(o *Options) { o.MaxWindows = 2 })
	p := open(t, h, "https://a.example/")
	if frame, err := p.Frame("outer"); frame != nil || err == nil || !strings.Contains(err.Error(), `no frame of the name "outer"`) {
		t.Error(frame, err)
	}
	inner, err := p.Frame("inner")
	if err != nil {
		t.Fatal(err)
	}
	if frame, err := inner.Frame("inner"); frame != nil || err == nil {
		t.Error(frame, err)
	}
	_, err = h.Open(within(t), "about:blank")
	if err == nil || errors.Is(err, entangle.ErrClosed) || !strings.Contains(err.Error(), "MaxWindows") {
		t.Error(err)
	}
}

func TestOpenEndsWithTheHost(t *testing.T) {
	asked := make(chan struct{})
	h := newHost(t, nil, handlers(map[string]http.Handler{"https://a.example": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})}))
	result := make(chan error, 2)
	go func() {
		_, err := h.Open(within(t), "https://a.example/")
		result <- err
	}()
	<-asked
	go func() {
		_, err := h.ConnectTo(within(t), "nobody")
		result <- err
	}()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-result; !errors.Is(err, entangle.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestEvalEndsWithTheDocument(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<iframe name=inner src=next.html></iframe>", "next.html": ""})
	p := open(t, h, "/")
	for _, test := range []struct {
		eval       func(source string) (any, error)
		navigation string
	}{
		{func(source string) (any, error) {
			frame, err := p.Frame("inner")
			if err != nil {
				return nil, err
			}
			return frame.Eval(within(t), source)
		}, "document.querySelector('iframe').remove()"},
		{func(source string) (any, error) { return p.Eval(within(t), source) }, "location = 'next.html'"},
	} {
		result := make(chan error, 1)
		go func() {
			_, err := test.eval("top.waits = true; new Promise(() => {})")
			result <- err
		}()
		eval(t, p, "new Promise(f => { const i = setInterval(() => { if (top.waits) { clearInterval(i); "+
			"f() } }, 1) }).then(() => { top.waits = false })")
		eval(t, p, test.navigation+"; 0")
		if err := <-result; !errors.Is(err, entangle.ErrClosed) {
			t.Error(err)
		}
	}
	if got := eval(t, p, "Promise.resolve(document.URL)"); got != "http://localhost/next.html" {
		t.Error(got)
	}
}

func TestOpenBlankWithFragment(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<iframe src='about:blank#y'></iframe>"})
	p := open(t, h, "about:blank#x")
	if p.URL() != "about:blank#x" || eval(t, p, "location.hash") != "#x" {
		t.Error(p.URL())
	}
	if got := eval(t, p, "new Promise(f => { onhashchange = () => f(location.href); location.hash = 'z' })"); got != "about:blank#z" {
		t.Error(got)
	}
	open(t, h, "/")
}
