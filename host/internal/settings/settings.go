package settings

import (
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Object is an environment settings object. Its embedded Environment says which kind of global it is of, and whether it is a secure context and
// cross-origin isolated.
type Object struct {
	webidl.Environment

	Realm     *qjs.Realm
	Loop      *eventloop.Loop
	Document  *eventloop.Document // that tasks belong to; nil in workers
	Messaging *entangle.Global    // the global, as web messaging knows it
	Window    *entangle.Window    // the window, as web messaging knows it; nil in workers
	Global    webidl.Object       // what the global object stands for: an event target

	Origin       entangle.Origin
	CreationURL  string
	BaseURL      func() string // the API base URL; nil: the creation URL
	AgentCluster any           // shared memory may be sent where it is ==
	TimeOrigin   time.Time

	BlobURLs *bloburl.Store
	Console  func(level string, values []qjs.Value) // nil: nothing is printed

	// Pending says that something is under way that may make the program go on: nothing is finished before done is called, from any goroutine.
	// nil: nobody wants to know.
	Pending func() (done func())
}

// New makes s the environment settings object of its realm. Realm, Kind and the other properties of the Environment must be set.
func New(s *Object) *Object {
	s.Realm.Data = s
	if s.Loop != nil {
		s.Checkpoint = s.Loop.PerformMicrotaskCheckpoint
	}
	webidl.Setup(s.Realm)
	return s
}

// Of returns the realm's environment settings object.
func Of(realm *qjs.Realm) *Object { return realm.Data.(*Object) }

// Incumbent returns the incumbent settings object, nil if there is none.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#incumbent-settings-object
func Incumbent(rt *qjs.Runtime) *Object {
	if realm := webidl.Incumbent(rt); realm != nil {
		return Of(realm)
	}
	return nil
}

// APIBaseURL returns what relative URLs are parsed against.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#api-base-url
func (s *Object) APIBaseURL() string {
	if s.BaseURL != nil {
		return s.BaseURL()
	}
	return s.CreationURL
}

// QueueTask queues a global task. Its steps run in a handle scope of their own, and not at all if the document is not there any more.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-global-task
func (s *Object) QueueTask(source eventloop.TaskSource, steps func()) {
	s.Loop.QueueTask(source, s.Document, func() { s.enter(steps) })
}

// RunAfter runs steps, as a task of the timer task source, after a time.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#run-steps-after-a-timeout
func (s *Object) RunAfter(d time.Duration, steps func()) (*eventloop.Timer, error) {
	return s.Loop.RunAfter(s.Document, d, func() { s.enter(steps) })
}

func (s *Object) enter(steps func()) {
	rt := s.Realm.Runtime()
	if rt.Closed() {
		return
	}
	defer rt.Enter()()
	steps()
}

// QueueMicrotask queues a microtask, in order with those of promises.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-microtask
func (s *Object) QueueMicrotask(steps func()) { s.Realm.Runtime().EnqueueJob(s.Realm, steps) }

// ReportException reports an exception that script threw.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
func (s *Object) ReportException(err error) { webidl.ReportException(s.Realm, err) }

// RunScript prepares to run script, runs it, cleans up (if no script runs any more, with a microtask checkpoint), and reports what it threw.
func (s *Object) RunScript(script func() error) {
	if err := webidl.RunScript(s.Realm, nil, script); err != nil {
		s.ReportException(err)
	}
}

// Begin says that something is under way; see [Object.Pending].
func (s *Object) Begin() (done func()) {
	if s.Pending == nil {
		return func() {}
	}
	return s.Pending()
}
