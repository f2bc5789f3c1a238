package event

import (
	"errors"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// ErrorInfo describes an exception.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#extract-error
type ErrorInfo struct {
	Message  string // "Uncaught Error: …"
	Filename string
	Line     int
	Column   int
	Stack    string
	Err      error // the thrown value; nil if the information is muted, or comes from another agent
	Promise  bool  // it is the reason of a promise's rejection that nobody handled
}

// reporting is a realm's state for reports.
type reporting struct {
	unhandled func(info ErrorInfo)
	reporting bool // in error reporting mode
}

type reportingKey struct{}

func reportingOf(realm *qjs.Realm) *reporting {
	return settings.Of(realm).Slot(reportingKey{}, func() any { return &reporting{} }).(*reporting)
}

// Reporting makes a realm report exceptions at its global. Exceptions that no listener handled go
// to unhandled (a worker passes them on to its owner), or to the console if that is nil.
func Reporting(realm *qjs.Realm, unhandled func(info ErrorInfo)) {
	if unhandled == nil {
		unhandled = func(info ErrorInfo) { LogError(realm, info) }
	}
	reportingOf(realm).unhandled = unhandled
	webidl.Of(realm).Report = func(err error) { ReportException(realm, err) }
}

// LogError writes an unhandled error to the console.
func LogError(realm *qjs.Realm, info ErrorInfo) {
	text := info.Message
	if info.Stack != "" {
		text += "\n" + strings.TrimRight(info.Stack, "\n")
	}
	settings.Of(realm).Log("error", text)
}

// ReportException reports an exception at the realm's global.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
func ReportException(realm *qjs.Realm, err error) {
	if !webidl.Catchable(err) {
		ReportError(realm, ErrorInfo{Message: err.Error()}) // script was ended: no listener could run longer than that
		return
	}
	ReportError(realm, ExtractError(realm, err))
}

// ReportMuted reports an exception of a script whose errors are muted: it says nothing.
func ReportMuted(realm *qjs.Realm) {
	ReportError(realm, ErrorInfo{Message: "Script error."})
}

// ExtractError is https://html.spec.whatwg.org/multipage/webappapis.html#extract-error. Its result
// is valid in the current scope.
func ExtractError(realm *qjs.Realm, err error) ErrorInfo {
	var thrown *qjs.Exception
	if !errors.As(err, &thrown) {
		thrown = realm.NewException(webidl.ErrorValue(realm, err))
		err = thrown
	}
	if thrown.URL == "" {
		// DEVIATION: the host does not know where a value that is no Error was thrown; most likely in the
		// global's own script.
		thrown.URL = settings.Of(realm).CreationURL
	}
	return ErrorInfo{
		Message: "Uncaught " + describe(thrown), Filename: thrown.URL, Line: thrown.Line, Column: thrown.Column,
		Stack: thrown.Stack, Err: err,
	}
}

// describe returns an exception's text: DOMException objects have theirs behind accessors.
func describe(thrown *qjs.Exception) string {
	if e, ok := webidl.As[*webidl.Exception](thrown.Value); ok {
		return e.DOMException.Error()
	}
	return thrown.Message
}

// ReportError fires an error event at the realm's global, unless one is being handled already, and
// passes unhandled errors to the function of [Reporting].
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception, steps 3 to 8
func ReportError(realm *qjs.Realm, info ErrorInfo) {
	r := reportingOf(realm)
	target := GlobalTarget(realm)
	notHandled := true
	if target != nil && !r.reporting && !settings.Of(realm).Gone() {
		r.reporting = true
		notHandled = FireError(target, info, true)
		r.reporting = false
	}
	if notHandled && r.unhandled != nil {
		r.unhandled(info)
	}
}

// FireError fires an error event of the interface ErrorEvent, at a global or a Worker, and reports
// whether it was not canceled.
func FireError(t EventTarget, info ErrorInfo, cancelable bool) bool {
	realm := t.target().Realm()
	e := &ErrorEvent{message: info.Message, filename: info.Filename, lineno: info.Line, colno: info.Column}
	Create(e, realm, ErrorEventInterface, "error", Init{Cancelable: cancelable})
	var thrown *qjs.Exception
	if errors.As(info.Err, &thrown) {
		e.error = keep(realm, thrown.Value, true)
	} else {
		e.error = keep(realm, qjs.Null(), true)
	}
	return Dispatch(e, t)
}

// reportError is https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror.
var reportError = webidl.Operation{Name: "reportError", Length: 1, Func: func(c *qjs.Call) (qjs.Value, error) {
	ReportException(c.Realm, c.Realm.NewException(c.Arg(0)))
	return qjs.Value{}, nil
}}

// ReportErrorOperation is the operation of WindowOrWorkerGlobalScope.
func ReportErrorOperation() webidl.Operation { return reportError }
