package host

import (
	"context"
	"fmt"
	"sync"

	"github.com/entangle-go/entangle"
	"github.com/nlnwa/whatwg-url/url"
)

// Page is a page that the Go program opened: a window with what is inside. All methods may be
// called concurrently.
type Page struct {
	host      *Host
	navigable *navigable // guarded by Host.mu: another browsing context group makes it another one

	mu     sync.Mutex // guards the fields below
	err    error      // why the page could not be fetched
	loaded chan struct{}
	closed chan struct{}
	isDone [2]bool // loaded, closed
}

// Open opens a page in a browsing context group of its own and waits until it is loaded: its load
// event was fired. The error says that the URL is none, that the page could not be fetched, that
// there are too many, that the host is closed, or that ctx is done. What a server answers with an
// error status, such as 404, is a page too.
func (h *Host) Open(ctx context.Context, rawURL string) (*Page, error) {
	u, err := url.ParseRef(h.options.Origin, rawURL)
	if err != nil {
		return nil, err
	}
	n := h.newNavigable(h.newGroup(), nil)
	switch {
	case n == nil && h.ctx.Err() != nil:
		return nil, errHostClosed
	case n == nil:
		return nil, fmt.Errorf("host: %d pages and frames are open, which is Options.MaxWindows: close some", h.options.MaxWindows)
	}
	p := &Page{host: h, navigable: n, loaded: make(chan struct{}), closed: make(chan struct{})}
	n.page = p
	// OPTIMIZATION: nobody sees the initial about:blank; with the page's origin its window
	// becomes the page's.
	origin := originOf(u.Href(true))
	n.createInitial(nil, origin)
	n.navigate(u.Href(false), navigateOptions{replace: true, reload: true, failed: p.failed})
	select {
	case <-p.loaded:
	case <-p.closed:
		if h.ctx.Err() != nil {
			return nil, errHostClosed
		}
	case <-h.ctx.Done():
		return nil, errHostClosed
	case <-ctx.Done():
		_ = p.Close()
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p, p.err
}

func (p *Page) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// isLoaded is called when the load event of a document of the page was fired.
func (p *Page) isLoaded() { p.once(0, p.loaded) }

// ended is called when the page was closed.
func (p *Page) ended() { p.once(1, p.closed) }

func (p *Page) once(i int, c chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isDone[i] {
		p.isDone[i] = true
		close(c)
	}
}

// window returns what the page shows; nil when it is closed.
func (p *Page) window() *window {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.navigable.active
}

// Window returns the window that the page shows, for messages from Go; nil when it is closed.
// Another document has another one.
func (p *Page) Window() *entangle.Window {
	if w := p.window(); w != nil {
		return w.entangled
	}
	return nil
}

// URL returns the URL of the document that the page shows, "" when it is closed.
func (p *Page) URL() string {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	if p.navigable.active == nil {
		return ""
	}
	return p.navigable.active.source.url
}

// Done is closed when the page is: by Close, by window.close(), or with the host.
func (p *Page) Done() <-chan struct{} { return p.closed }

// Close closes the page: its documents and those of its frames are destroyed. It does not wait for
// that: see [Page.Done]. Pages that it opened stay.
func (p *Page) Close() error {
	w := p.window()
	if w == nil {
		p.ended()
		return nil
	}
	w.agent.post(func() { p.navigableNow().closePage() })
	return nil
}

func (p *Page) navigableNow() *navigable {
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	return p.navigable
}

// Frame returns the page's frame of that target name. The error says that there is none.
func (p *Page) Frame(name string) (*Frame, error) { return p.navigableNow().frame(name) }

// Eval runs a classic script in the page and returns a structured clone of its value, as a
// canonical value of package clone; of a promise, that of what it is fulfilled with. The error is
// an *EvalError, that of ctx, or [entangle.ErrClosed].
func (p *Page) Eval(ctx context.Context, source string) (any, error) {
	return p.window().eval(ctx, source)
}
