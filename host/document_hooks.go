package host

import (
	"strings"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// openDocument is the window's part of document.open(): the document is loaded anew, from what
// script writes.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#document-open-steps
func (w *window) openDocument(d *dom.Document, source *qjs.Realm) error {
	if d != w.document || w.gone {
		return nil
	}
	from := incumbentWindow(source, w) // DEVIATION: the incumbent, not the entry document
	if from.origin != w.origin {       // 4.
		return securityError()
	}
	w.navigable.stop()          // 8.
	event.RemoveAllListeners(w) // 10.
	if from != w {              // 12.
		url := from.document.URL
		if url != d.URL {
			url = withoutFragment(url)
		}
		w.setURL(url)
	}
	w.host.mu.Lock()
	w.source.initial = false // 13.
	w.host.mu.Unlock()
	if w.loading == nil {
		w.startLoading()
	}
	d.SetReadiness(string(entangle.Loading))
	return nil
}

// metaElement does what a meta element asks for: of its pragmas only refresh.
//
// https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh
func (w *window) metaElement(e *dom.Element) {
	if !strings.EqualFold(e.Attr("http-equiv"), "refresh") || w.gone || w.source.sandbox&sandboxedScripts != 0 &&
		w.source.sandbox == sandboxedEverything {
		return
	}
	delay, target, ok := parseRefresh(e.Attr("content"))
	if !ok {
		return
	}
	url := w.document.URL
	if target != "" {
		resolved, err := resolveURL(w.baseURL(), target)
		if err != nil || scheme(resolved) == "javascript" {
			return
		}
		url = resolved
	}
	w.settings.RunAfter(delay, func() {
		if w.isActive() {
			w.navigable.navigate(url, navigateOptions{source: w, referrer: w.source.referrerURL(), replace: true, reload: url == w.document.URL})
		}
	})
}

// maxRefresh is the longest time that a refresh waits.
const maxRefresh = 24 * time.Hour

// parseRefresh is the shared declarative refresh steps, as far as they parse: "5; url=next.html".
//
// https://html.spec.whatwg.org/multipage/semantics.html#shared-declarative-refresh-steps
func parseRefresh(content string) (delay time.Duration, url string, ok bool) {
	const space = " \t\n\f\r"
	rest := strings.TrimLeft(content, space)
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return 0, "", false
	}
	for _, c := range digits {
		delay = min(delay*10+time.Duration(c-'0')*time.Second, maxRefresh)
	}
	rest = strings.TrimLeft(rest[len(digits):], "0123456789.")
	if rest == "" {
		return delay, "", true
	}
	if !strings.ContainsAny(rest[:1], ";,"+space) {
		return 0, "", false
	}
	rest = strings.TrimLeft(rest, space)
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, ";"), ","), space)
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if after := strings.TrimLeft(rest[3:], space); strings.HasPrefix(after, "=") {
			rest = strings.TrimLeft(after[1:], space)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		quote := rest[:1]
		rest, _, _ = strings.Cut(rest[1:], quote)
	}
	return delay, strings.TrimRight(rest, space), true
}
