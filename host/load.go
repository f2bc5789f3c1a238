package host

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	xhtml "golang.org/x/net/html"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/loader"
	hosturl "github.com/entangle-go/entangle/host/internal/url"
)

// newDocument makes the window's document, without nodes.
func (w *window) newDocument() {
	w.document = dom.NewDocument(dom.Options{
		URL: w.source.url, Interfaces: html.DocumentInterfaces, Agent: w.agent.nodes, Realm: w.settings.Realm, Hooks: w.hooks(),
	})
	w.document.Fallback = w.source.base
	w.document.SetCurrent()
	old := w.held
	w.held = w.agent.runtime.NewRef(w.document.Value())
	old.Free()
	w.settings.CreationURL = w.source.url
	w.host.addresses.set(w.settings.Messaging, w.source.url)
}

// loadBlank fills the initial about:blank, which is complete at once.
func (w *window) loadBlank() {
	w.parse("")
	w.setReadiness(entangle.Complete)
}

// reuse gives the window of the initial about:blank the document that it really is to have. The
// Window object stays, with all that script has put there.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#initialise-the-document-object
// step 6
func (w *window) reuse(source documentSource) {
	if w.loading != nil {
		w.loading.abort()
	}
	w.host.mu.Lock()
	w.source = source
	w.entry = navigables.Add(1)
	w.host.mu.Unlock()
	w.settings.IsSecureContext = trustworthy(source.topURL)
	w.frameOf = nil
	w.entangled.SetReadyState(entangle.Loading)
	w.document.Hooks = nil // the old document has no browsing context any more
	w.newDocument()
	w.updateFrames()
}

// loadResponse loads the document from a response.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#loading-a-document
func (w *window) loadResponse(response *loader.Response) {
	t := response.MediaType()
	w.modified = lastModified(response.Header.Get("Last-Modified"))
	if t.IsHTML() || strings.HasSuffix(t.Essence, "xml") {
		text, label := decodeDocument(response)
		w.document.ContentType, w.document.Charset = "text/html", label
		w.load(text)
		return
	}
	w.document.ContentType = t.Essence
	text := ""
	switch {
	case strings.HasPrefix(t.Essence, "image/"):
		text = `<img src="` + xhtml.EscapeString(response.URL) + `">`
	case strings.HasPrefix(t.Essence, "text/"), t.IsJSON(), t.IsJavaScript():
		body, label := decodeDocument(response)
		w.document.Charset = label
		text = "<pre>\n" + xhtml.EscapeString(body) + "</pre>"
	}
	w.load(text)
}

// load loads the document from a text.
func (w *window) load(text string) {
	w.startLoading()
	w.document.SetReadiness(string(entangle.Loading))
	w.runInitScript()
	w.parse(text)
}

// parse begins to put the nodes of a page into the document.
func (w *window) parse(text string) {
	if err := w.document.ParseHTML(text); err != nil {
		w.settings.ReportException(err)
		w.parsedDocument()
	}
}

// decodeDocument returns the text of a document and the name of its encoding.
//
// https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
func decodeDocument(response *loader.Response) (text, label string) {
	_, label, certain := charset.DetermineEncoding(response.Body, response.Header.Get("Content-Type"))
	if !certain && utf8.Valid(response.Body) {
		label = "utf-8"
	}
	return encoding.Decode(response.Body, label), strings.ToUpper(label)
}

// replaceBy shows a document that a javascript: URL gave, in the place of the one that it ran in.
func (w *window) replaceBy(text string, options navigateOptions) {
	n := w.navigable
	nav := &navigation{navigateOptions: options, navigable: n, url: w.source.url, inherit: w.source, from: w.origin}
	w.host.mu.Lock()
	n.navigation++
	nav.number = n.navigation
	w.host.mu.Unlock()
	nav.commit(w, &loader.Response{
		URL: w.source.url, Status: 200, Origin: w.origin, Header: map[string][]string{"Content-Type": {"text/html;charset=utf-8"}},
	}, nil)
}

// decodeScriptURL returns the script of a javascript: URL.
func decodeScriptURL(u string) string {
	_, encoded, _ := strings.Cut(u, ":")
	return encoding.DecodeUTF8WithoutBOM(hosturl.PercentDecode(encoded))
}
