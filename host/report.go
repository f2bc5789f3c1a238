package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// ConsoleMessage is a line that script printed.
type ConsoleMessage struct {
	URL   string // of the page or worker
	Level string // "log", "warn", "error", "alert" and so on
	Text  string
}

// ScriptError is an error that no script handled: an exception, or a rejected promise.
type ScriptError struct {
	URL     string // of the page or worker
	Message string
	Source  string // the URL of the script
	Line    int
	Column  int
	Stack   string
}

func (e ScriptError) Error() string { return e.Message }

// print gives a line to the program.
func (h *Host) print(s *settings.Object, level, text string) {
	if h.options.Console != nil {
		h.options.Console(ConsoleMessage{URL: s.CreationURL, Level: level, Text: text})
	}
}

// unhandled gives an error that no script handled to the program; to the console if the program
// does not want to know of errors.
func (h *Host) unhandled(s *settings.Object, info event.ErrorInfo) {
	if agentOf(s).ctx.Err() != nil {
		return // it is being closed, which ends its script
	}
	if h.options.Error == nil {
		event.LogError(s.Realm, info)
	}
	h.tell(ScriptError{
		URL: s.CreationURL, Message: info.Message, Source: info.Filename, Line: info.Line, Column: info.Column, Stack: info.Stack,
	})
}

func (h *Host) tell(e ScriptError) {
	if h.options.Error != nil {
		h.options.Error(e)
	}
}
