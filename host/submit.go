package host

import (
	"net/http"
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/html"
	hosturl "github.com/entangle-go/entangle/host/internal/url"
	"github.com/nlnwa/whatwg-url/url"
)

// submit navigates to where a form is sent.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#form-submission-algorithm
//
// FIXME: no files, no encodings but that of URLs.
func (w *window) submit(form, submitter *dom.Element) {
	if w.gone || !w.isActive() || w.source.sandbox&sandboxedForms != 0 {
		return
	}
	attribute := func(name string) string { // a button has a say in it
		if submitter != nil {
			if v, ok := submitter.Get("form" + name); ok {
				return v
			}
		}
		return form.Attr(name)
	}
	action := attribute("action")
	if action == "" {
		action = w.document.URL
	}
	resolved, err := resolveURL(w.baseURL(), action)
	if err != nil {
		return
	}
	query := hosturl.SerializeForm(formEntries(form, submitter))
	options := navigateOptions{source: w, referrer: w.source.referrerURL()}
	if strings.EqualFold(attribute("method"), "post") {
		options.method, options.body = http.MethodPost, []byte(query)
		options.header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	} else if u, err := url.Parse(resolved); err == nil && (u.Scheme() == "http" || u.Scheme() == "https") {
		u.SetSearch(query)
		resolved = u.Href(false)
	}
	target := attribute("target")
	noOpener := strings.Contains(strings.ToLower(form.Attr("rel")), "noopener")
	w.settings.QueueTask(eventloop.DOMManipulation, func() { w.navigateTarget(target, noOpener, resolved, options) })
}

// formEntries constructs the entry list.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set
func formEntries(form, submitter *dom.Element) []hosturl.Pair {
	var entries []hosturl.Pair
	form.First(func(e *dom.Element) bool {
		name := e.Attr("name")
		if name == "" || e.Has("disabled") {
			return false
		}
		switch kind := strings.ToLower(e.Attr("type")); {
		case e.Is("input") && (kind == "checkbox" || kind == "radio"):
			if html.Checked(e) {
				value, ok := e.Get("value")
				if !ok {
					value = "on"
				}
				entries = append(entries, hosturl.Pair{Name: name, Value: value})
			}
		case e.Is("button"), e.Is("input") && (kind == "submit" || kind == "button" || kind == "reset" || kind == "image"):
			if e == submitter {
				entries = append(entries, hosturl.Pair{Name: name, Value: e.Attr("value")})
			}
		case e.Is("input") && kind != "file", e.Is("textarea"), e.Is("select"):
			entries = append(entries, hosturl.Pair{Name: name, Value: html.Value(e)})
		}
		return false
	})
	return entries
}
