package arch

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The longest lines, in columns. A column is a code point, a tab is one too: what editors count,
// and `awk length`.
const (
	maxProse = 100 // a line that is only a comment, or prose of a Markdown page
	maxCode  = 140 // any other line, also one that ends in a comment
)

// generated are the pages that a program of the module writes.
var generated = []string{"docs/rules.md", "docs/conformance.md"}

// TestLineLength keeps comments and prose to 100 columns and code to 140, wherever people write.
// Besides generated files, bundles and test data it leaves alone what cannot be broken: URLs in
// comments and prose, which count for nothing, rows of tables, and the numbered rules of
// docs/spec.md. Code on a Markdown page, fenced or indented by four spaces, is code.
func TestLineLength(t *testing.T) {
	files := written(t, "*.go", "*.s", "*.ts", "*.mjs", "*.js", "*.css", "*.html", "*.md", "Makefile", ".ci/run")
	for name, text := range files {
		if slices.Contains(generated, name) {
			continue
		}
		for _, l := range longLines(name, text) {
			t.Errorf("%s:%d has %d columns, more than %d: wrap it", name, l.number, l.columns, l.most)
		}
	}
}

// longLine is a line that is too long: its number from 1, and how many columns it has and may have.
type longLine struct{ number, columns, most int }

var url = regexp.MustCompile(`https?://\S+`)

// longLines finds the lines of a file that are too long.
func longLines(name, text string) []longLine {
	var long []longLine
	number, fenced := 0, false
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		prose := isComment(name, line)
		if path.Ext(name) == ".md" {
			fence := strings.HasPrefix(strings.TrimLeft(line, " "), "```")
			prose = !fenced && !fence && !strings.HasPrefix(line, "    ")
			fenced = fenced != fence
			if prose && (strings.HasPrefix(line, "|") || name == "docs/spec.md" && numberedRule.MatchString(line)) {
				continue
			}
		}
		most := maxCode
		if prose {
			most = maxProse
			line = url.ReplaceAllString(line, "")
		}
		if n := utf8.RuneCountInString(line); n > most {
			long = append(long, longLine{number, n, most})
		}
	}
	return long
}

var numberedRule = regexp.MustCompile(`^\d+\. `)

// isComment reports whether a line of source is only a comment.
func isComment(name, line string) bool {
	line = strings.TrimLeft(line, " \t")
	marks := []string{"//", "/*", "* ", "<!--"}
	if name == "Makefile" || name == ".ci/run" {
		marks = []string{"#"}
	}
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.HasPrefix(line, mark) })
}

// TestLongLines checks the rule of TestLineLength by small files.
func TestLongLines(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	wide := strings.Repeat("漢", 97)
	for _, test := range []struct {
		what, name, text string
		want             []longLine
	}{
		{"a comment of 100 columns", "a.go", "// " + x(97) + "\n", nil},
		{"a comment of 101", "a.go", "package a\n\n// " + x(98) + "\n", []longLine{{3, 101, 100}}},
		{"code points count, not bytes", "a.go", "// " + wide + "\n", nil},
		{"a tab is a column", "a.go", "\t// " + x(97) + "\n", []longLine{{1, 101, 100}}},
		{"the last line needs no end", "a.go", "// " + x(98), []longLine{{1, 101, 100}}},
		{"code of 101", "a.go", x(101) + "\n", nil},
		{"code of 140, the end of it a comment", "a.go", "x() // " + x(133) + "\n", nil},
		{"code of 141", "a.go", x(141) + "\n", []longLine{{1, 141, 140}}},
		{"a URL", "a.go", "// https://" + x(200) + "\n", nil},
		{"text around a URL", "a.go", "// " + x(90) + " https://" + x(50) + " " + x(10) + "\n", []longLine{{1, 105, 100}}},
		{"a URL in code", "a.go", `x("https://` + x(130) + `")` + "\n", []longLine{{1, 143, 140}}},
		{"a dereference is no comment", "a.go", "\t*x = " + x(100) + "\n", nil},
		{"blocks of comment", "a.ts", "/** " + x(97) + " */\n * " + x(98) + "\n", []longLine{{1, 104, 100}, {2, 101, 100}}},
		{"an id of a style sheet", "a.css", "#" + x(100) + " {}\n", nil},
		{"a comment of make", "Makefile", "# " + x(99) + "\n\t" + x(139) + "\n", []longLine{{1, 101, 100}}},
		{"a comment of HTML", "a.html", "<!-- " + x(96) + "\n<p>" + x(98) + "\n", []longLine{{1, 101, 100}}},
		{"prose", "a.md", x(101) + "\n", []longLine{{1, 101, 100}}},
		{"fenced code", "a.md", "```js\n" + x(140) + "\n" + x(141) + "\n```\n" + x(101) + "\n",
			[]longLine{{3, 141, 140}, {5, 101, 100}}},
		{"indented code", "a.md", "    " + x(136) + "\n    " + x(137) + "\n", []longLine{{2, 141, 140}}},
		{"a row of a table", "a.md", "| " + x(200) + " |\n", nil},
		{"a rule of the checklist", "docs/spec.md", "1. " + x(200) + "\n" + x(101) + "\n", []longLine{{2, 101, 100}}},
		{"an item of another list", "a.md", "1. " + x(98) + "\n", []longLine{{1, 101, 100}}},
	} {
		if got := longLines(test.name, test.text); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.what, got, test.want)
		}
	}
}
