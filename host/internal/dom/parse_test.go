package dom

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var pages = []string{
	`<!DOCTYPE html><html><head><title>a &amp; b</title><script>if (a < b && c) {}</script></head><body
 class="x y" data-q="&quot;&lt;"><p>1<br/>2<!-- c --><table><tr><td>3</table><textarea>
 x</textarea><svg viewBox="0 0"><path xlink:href="#a"/></svg></body></html>`,
	`<p><b>1<p>2</b>3`, ``, `text`, `<template><p>1<template><i></i></template></template>`, `<frameset><frame src=x></frameset>`,
	`<noscript><b></noscript><body><noscript><i></i></noscript>`, `<math><mi>x</mi></math>`,
	"<!doctype html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"><a href='x'>\u00a0</a>",
}

// TestSerializationAgreesWithParser compares what trees are serialized to with the renderer of the
// parser's package, after both are parsed again.
func TestSerializationAgreesWithParser(t *testing.T) {
	for _, page := range pages {
		d := parseBody(t, page)
		text := d.InnerHTML()
		again := parseBody(t, text)
		if !Equal(d.AsNode(), again.AsNode()) && !strings.Contains(page, "PUBLIC") { // identifiers are not serialized
			t.Errorf("%s:\n%s\n%s", page, text, again.InnerHTML())
		}
		tree, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := html.Render(&b, tree); err != nil {
			t.Fatal(err)
		}
		if other := parseBody(t, b.String()); !Equal(d.AsNode(), other.AsNode()) && !strings.Contains(page, "textarea") &&
			!strings.Contains(page, "PUBLIC") {
			t.Errorf("%s:\n%s\n%s", page, text, b.String())
		}
	}
}

func TestXML(t *testing.T) {
	for source, want := range map[string]string{
		`<a xmlns="urn:a" xmlns:p="urn:p"><p:b p:c="1">t&amp;</p:b><!--c--><?x y?></a>`: `<a xmlns="urn:a" xmlns:p="urn:p">` +
			`<p:b p:c="1">t&amp;</p:b><!--c--><?x y?></a>`,
		`<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><br/><p/></html>`: `<!DOCTYPE html>` +
			`<html xmlns="http://www.w3.org/1999/xhtml"><br /><p></p></html>`,
		`<a><b></a>`: "", `<a/><b/>`: "", ``: "", `x`: "", strings.Repeat("<a>", 1000): "",
	} {
		d := NewDocument(Options{Interfaces: bare, ContentType: "application/xml"})
		d.BuildXML(source)
		if e := d.DocumentElement(); (e.LocalName() == "parsererror") != (want == "") {
			t.Errorf("%.60s: %s", source, d.XML())
		} else if want != "" && d.XML() != want {
			t.Errorf("%s:\n%s", d.XML(), want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, page := range pages {
		f.Add(page, "p")
	}
	f.Fuzz(func(t *testing.T, page, context string) {
		d := newDocument()
		if d.BuildHTML(page) != nil {
			return
		}
		if !validElementName(context) {
			context = "div"
		}
		e := d.NewHTML(lower(context))
		if fragment, err := ParseFragment(d, e, page); err == nil {
			if err := e.Append(fragment.AsNode()); err != nil {
				t.Fatal(err)
			}
		}
		copy, err := d.Clone(d, true)
		if err != nil || !Equal(d.AsNode(), copy) {
			t.Fatal("the copy differs", err)
		}
		_, _ = d.InnerHTML(), d.XML()
		x := NewDocument(Options{Interfaces: bare, ContentType: "application/xml"})
		x.BuildXML(page)
	})
}

func FuzzStyle(f *testing.F) {
	f.Add("color: red; background: url(a;b) !important; --x: {}", "margin")
	f.Fuzz(func(t *testing.T, text, name string) {
		for _, d := range parseStyle(text) {
			if d.name == "" || d.value == "" {
				t.Errorf("%q: %v", text, d)
			}
		}
		cssName(name)
		if attribute, ok := dataAttribute(name); ok {
			if back, ok := dataName(attribute); !ok || back != name {
				t.Errorf("%q: %q: %q", name, attribute, back)
			}
		}
	})
}

// TestManyAttributes has an element with as many attributes as a hostile page may send; twice the
// same one counts once.
func TestManyAttributes(t *testing.T) {
	var text strings.Builder
	text.WriteString("<p")
	for i := range 200_000 {
		fmt.Fprintf(&text, " a%d=x a%d=y", i, i)
	}
	text.WriteString(">")
	d := NewDocument(Options{Interfaces: bare})
	f, err := ParseFragment(d, d.NewHTML("div"), text.String())
	if err != nil {
		t.Fatal(err)
	}
	p := f.AsNode().FirstElement()
	if n := len(p.Attributes()); n != 200_000 || p.Attr("a199999") != "x" {
		t.Errorf("%d attributes, the last is %q", n, p.Attr("a199999"))
	}
}
