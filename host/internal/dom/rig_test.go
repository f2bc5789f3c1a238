package dom

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// bare is how the nodes of documents without an engine are made.
var bare = &Interfaces{
	Document: new(webidl.Interface),
	Kind:     func(string, string) *Kind { return plain },
}

var plain = &Kind{}

func newDocument() *Document { return NewDocument(Options{Interfaces: bare}) }

func parseBody(t testing.TB, source string) *Document {
	t.Helper()
	d := newDocument()
	if err := d.BuildHTML(source); err != nil {
		t.Fatal(err)
	}
	return d
}
