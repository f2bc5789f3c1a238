package dom

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

const selectorPage = `<!doctype html><html><body><div id=a class="x y"><p>1</p><p
class=x title="one two" lang=en-GB>2<b></b></p><span data-x=1>3</span></div>
<ul><li class=x>1<li>2<li class="y z">3<li><a href=/>4</a></ul><form><input
type=checkbox disabled><input name=n required></form><section><div><div class=x><i></i></div></div></section></body></html>`

// TestSelectorsAgreeWithCascadia compares the elements that selectors find with those of another
// implementation.
func TestSelectorsAgreeWithCascadia(t *testing.T) {
	d := parseBody(t, selectorPage)
	other, err := html.Parse(strings.NewReader(selectorPage))
	if err != nil {
		t.Fatal(err)
	}
	selectors := []string{
		"*", "div", "DIV", "#a", ".x", ".x.y", "p.x", "[title]", "[title=one]", "[title~=two]", "[lang|=en]", "[title^=one]", "[title$=two]",
		"[title*='e t']", "[type=CHECKBOX i]", "div p", "div > p", "p + p", "p ~ span", "li:first-child", "li:last-child", "li:nth-child(2n+1)",
		"li:nth-child(even)", "li:nth-last-child(2)", "p:first-of-type", "span:only-of-type", "i:only-child",
		":not(.x)", "div:not(#a):not(.x)", "ul:has(a)", ":root", "p:empty", "b:empty", "li, p", "section div .x i", "input:disabled",
		"input:enabled", "a:link", "li:nth-of-type(-n+2)", "html > body > div", "div div", "div div div", "body *", "[data-x='1']", "#a > *",
	}
	random := rand.New(rand.NewPCG(1, 2))
	simple := []string{"div", "p", "li", ".x", ".y", "#a", "*", "[class]", ":first-child", ":nth-child(2)", "i", "ul", ":not(.x)", "body"}
	for range 300 {
		s := simple[random.IntN(len(simple))]
		for range random.IntN(3) {
			s += []string{" ", " > ", " + ", " ~ "}[random.IntN(4)] + simple[random.IntN(len(simple))]
		}
		selectors = append(selectors, s)
	}
	for _, s := range selectors {
		found, err := d.Query(s, 0)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		compiled, err := cascadia.ParseGroup(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		want := cascadia.QueryAll(other, compiled)
		var got, wanted []string
		for _, n := range found {
			got = append(got, describe(n.Element().LocalName(), n.Element().Attr("class"), n.descendantText()))
		}
		for _, n := range want {
			class := ""
			for _, a := range n.Attr {
				if a.Key == "class" {
					class = a.Val
				}
			}
			wanted = append(wanted, describe(n.Data, class, textOf(n)))
		}
		if fmt.Sprint(got) != fmt.Sprint(wanted) {
			t.Errorf("%s: %v, want %v", s, got, wanted)
		}
	}
}

func describe(name, class, text string) string {
	return name + "." + class + strings.Join(Fields(text), "")
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	text := ""
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		text += textOf(c)
	}
	return text
}

func TestSelectorSyntax(t *testing.T) {
	d := parseBody(t, `<p id=":x" class="1a é"><svg viewBox=1></svg>`)
	for selector, want := range map[string]int{
		`#\:x`: 1, `.\31 a`: 1, `.é`: 1, `[class~="1a"]`: 1, `p::before`: 0, `:scope`: 1, `:is(p, svg).é`: 1, `:where(svg)`: 1, `/* c */ p`: 1,
		`p:is()`: -1, `svg[viewBox]`: 1, `*|p`: 1, "": -1, " ": -1, "p,": -1, ",p": -1, "p >": -1, "> p": -1, "p >> b": -1, "[": -1, "[x": -1,
		"[x=]": -1, "#": -1, ".": -1, ".1": -1, ":no-such": -1, ":nth-child(x)": -1, ":not(": -1, "p)": -1, "a b:": -1, "p..x": -1, "5": -1,
		strings.Repeat(":not(", 100) + "p" + strings.Repeat(")", 100): -1,
	} {
		found, err := d.Query(selector, 0)
		if got := len(found); err != nil && want != -1 || err == nil && got != want {
			t.Errorf("%s: %d %v, want %d", selector, got, err, want)
		}
	}
}

func TestSelectorsOfRelatives(t *testing.T) {
	d := parseBody(t, selectorPage)
	for selector, want := range map[string]int{"div:has(> i)": 1, "p:has(+ span)": 1, "p:has(~ span)": 2, "body:has(i)": 1, ":has(:has(i))": 4,
		"li:nth-child(2 of .x, .y)": 1, "p:not(:has(b), .none)": 1, "p:lang(en)": 1} {
		found, err := d.Query(selector, 0)
		if err != nil || len(found) != want {
			t.Errorf("%s: %d %v, want %d", selector, len(found), err, want)
		}
	}
}

// TestSelectorsEnd: what would take exponential time ends with an error.
func TestSelectorsEnd(t *testing.T) {
	d := parseBody(t, strings.Repeat("<div>", 300))
	e := d.Body()
	for e.FirstElement() != nil {
		e = e.FirstElement()
	}
	if _, err := e.Matches("p " + strings.Repeat("div ", 12) + "div"); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("the selector ended: %v", err)
	}
}

func FuzzSelectors(f *testing.F) {
	for _, s := range []string{"div > p.x:nth-child(2n+1 of .x)", `[a="b\"c" i]`, ":has(+ b, > i)", "a\\", `'`, "/*"} {
		f.Add(s)
	}
	d := parseBody(f, selectorPage)
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = d.Query(s, 0)
	})
}
