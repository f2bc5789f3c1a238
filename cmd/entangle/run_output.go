package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/entangle-go/entangle/host"
)

// runOutput prints the reports of a host. Its methods may be called concurrently.
type runOutput struct {
	json bool

	mu          sync.Mutex // guards what follows, and writing
	out, errOut io.Writer
	errors      int
	ended       bool
}

// end returns the number of errors that no script handled. From then on it prints nothing, because
// a script that is ended reports an error, too.
func (o *runOutput) end() (errors int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	return o.errors
}

// print writes a line of output, as a whole, unless the run has ended.
func (o *runOutput) print(to io.Writer, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		io.WriteString(to, terminalText(text)+"\n")
	}
}

// stderrLevels are the levels of the console that go to stderr.
var stderrLevels = []string{"warn", "error"}

func (o *runOutput) console(m host.ConsoleMessage) {
	if o.json {
		o.line(struct {
			Event string `json:"event"`
			URL   string `json:"url"`
			Level string `json:"level"`
			Text  string `json:"text"`
		}{"console", m.URL, m.Level, m.Text})
		return
	}
	to := o.out
	if slices.Contains(stderrLevels, m.Level) {
		to = o.errOut
	}
	o.print(to, m.Text)
}

func (o *runOutput) error(e host.ScriptError) {
	o.mu.Lock()
	o.errors++
	o.mu.Unlock()
	if o.json {
		o.line(struct {
			Event   string `json:"event"`
			URL     string `json:"url"`
			Message string `json:"message"`
			Source  string `json:"source"`
			Line    int    `json:"line"`
			Column  int    `json:"column"`
			Stack   string `json:"stack"`
		}{"error", e.URL, e.Message, e.Source, e.Line, e.Column, e.Stack})
		return
	}
	text, at := e.Message, e.Source
	if at == "" {
		at = e.URL
	}
	if e.Line > 0 { // what is thrown without being an Error does not know its place
		at += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	if at != "" {
		text = at + ": " + text
	}
	if stack := firstCalls(e.Stack); stack != "" {
		text += "\n" + stack
	}
	o.print(o.errOut, text)
}

// shownCalls is the maximal number of lines shown of a stack: an endless recursion has thousands
// of equal ones.
const shownCalls = 20

// firstCalls returns the innermost calls of a stack, and the number of the others.
func firstCalls(stack string) string {
	stack = strings.TrimRight(stack, "\n")
	calls := strings.Split(stack, "\n")
	if len(calls) <= shownCalls {
		return stack
	}
	return fmt.Sprintf("%s\n    and %d more", strings.Join(calls[:shownCalls], "\n"), len(calls)-shownCalls)
}

func (o *runOutput) message(m host.Message) {
	if o.json {
		o.line(struct {
			Event     string `json:"event"`
			From      string `json:"from"`
			To        string `json:"to"`
			Type      string `json:"type"`
			Size      int    `json:"size"`
			Ports     int    `json:"ports"`
			Discarded string `json:"discarded,omitempty"`
		}{"message", m.From, m.To, m.Type, m.Size, m.Ports, m.Discarded})
		return
	}
	text := fmt.Sprintf("%s %s -> %s, size %d, ports %d", m.Type, orUnknown(m.From), orUnknown(m.To), m.Size, m.Ports)
	if m.Discarded != "" {
		text += ", discarded: " + m.Discarded
	}
	o.print(o.errOut, text)
}

// orUnknown names an end of a message that has no URL (any more).
func orUnknown(url string) string {
	if url == "" {
		return "(unknown)"
	}
	return url
}

// line writes one line of JSON.
func (o *runOutput) line(event any) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(event)) // texts and numbers only
	o.print(o.out, strings.TrimSuffix(b.String(), "\n"))
}

// terminalText escapes the output of pages so that a terminal takes it for text: it writes control
// characters other than newline and tab, and those that turn the direction of writing, as in
// strings of JSON.
func terminalText(s string) string {
	hostile := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	}
	if strings.IndexFunc(s, hostile) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hostile(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
