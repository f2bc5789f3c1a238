package globalscope_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/globalscope"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scope is a global object with nothing but what the package gathers.
type scope struct{ event.Target }

func scopeInterface(exposure webidl.Exposure) *webidl.Interface {
	return &webidl.Interface{
		Name: "TestScope", Parent: event.EventTargetInterface, Exposed: exposure, Global: true,
		Operations: slices.Concat(globalscope.Operations, globalscope.WindowOperations, []webidl.Operation{messaging.StructuredClone}),
		Attributes: globalscope.Attributes,
	}
}

// rig is an agent with one realm.
type rig struct {
	t        *testing.T
	agent    *entangle.Agent
	runtime  *qjs.Runtime
	settings *settings.Object
	lines    []string // what was logged
	pending  atomic.Int64
	finish   context.CancelFunc
}

// newRig makes a window or a worker at an origin; it is closed with the test.
func newRig(t *testing.T, exposure webidl.Exposure, base string) *rig {
	t.Helper()
	return newRigWith(t, exposure, base, nil)
}

func newRigWith(t *testing.T, exposure webidl.Exposure, base string, origins map[string]http.Handler) *rig {
	t.Helper()
	ua := entangle.NewUserAgent()
	ua.Clock = eventloop.Clock{
		Now:       time.Now,
		AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
	}
	origin, err := entangle.ParseOrigin(base)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, agent: ua.NewAgent(), runtime: qjs.NewRuntime(qjs.Options{CanBlock: true, MemoryLimit: 64 << 20})}
	store := &bloburl.Store{}
	l, err := loader.New(loader.Options{Blobs: store, Insecure: true, Origins: origins})
	if err != nil {
		t.Fatal(err)
	}
	s := &settings.Object{
		Realm: r.runtime.NewRealm(), Loop: r.agent.Loop(), Messaging: ua.NewGlobal(entangle.GlobalOptions{Agent: r.agent, Origin: origin}),
		Origin: origin, CreationURL: base, Blobs: store, Loader: l, TimeOrigin: time.Now(),
		Print: func(level, text string) { r.lines = append(r.lines, text) },
		Begin: func() func() {
			r.pending.Add(1)
			var once atomic.Bool
			return func() {
				if once.Swap(true) {
					t.Error("something ended twice")
				}
				r.pending.Add(-1)
			}
		},
	}
	s.Kind, s.IsSecureContext = exposure, true
	s.Report = func(err error) { r.lines = append(r.lines, "uncaught: "+strings.SplitN(err.Error(), "\n", 2)[0]) }
	r.settings = s
	r.agent.Loop().SetMicrotasks(eventloop.Microtasks{
		Queue: func(steps func()) { r.runtime.EnqueueJob(s.Realm, steps) },
		Perform: func() {
			defer r.runtime.Enter()()
			if err := r.runtime.RunJobs(1 << 20); err != nil {
				t.Error(err)
			}
		},
	})
	leave := r.runtime.Enter()
	install(t, s)
	done := s.Realm.NewFunction("done", 0, func(*qjs.Call) (qjs.Value, error) {
		r.finish()
		return qjs.Undefined(), nil
	})
	if err := s.Realm.Global().Set(s.Realm, "done", done); err != nil {
		t.Fatal(err)
	}
	leave()
	t.Cleanup(func() {
		leave := r.runtime.Enter()
		s.Destroy()
		leave()
		l.Close()
		r.runtime.Close()
	})
	return r
}

// install makes the settings object's realm ready.
func install(t *testing.T, s *settings.Object) {
	t.Helper()
	settings.New(s)
	webidl.InstallGlobal(s.Realm, scopeInterface(s.Kind), &scope{})
	webidl.Install(s.Realm, globalscope.Interfaces...)
	webidl.Install(s.Realm, event.Interfaces...)
	webidl.Install(s.Realm, messaging.Interfaces()...)
	if err := globalscope.Install(s.Realm); err != nil {
		t.Fatal(err)
	}
}

// run runs the body of an async function and the loop until it has ended, and returns
// what was logged.
func (r *rig) run(body string) []string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	r.finish = cancel
	r.lines = nil
	r.settings.QueueTask(eventloop.DOMManipulation, func() {
		r.settings.RunScript(func() error {
			_, err := r.settings.Realm.Eval("(async () => {"+body+"\n})().catch(e => console.log('rejected: ' + e)).then(done)",
				"http://test.example/script.js")
			return err
		})
	})
	if err := r.agent.Run(ctx); errors.Is(err, context.DeadlineExceeded) {
		r.t.Fatalf("the script did not end; it logged %q", r.lines)
	}
	return r.lines
}

// script is a script and what it logs, a line each.
type script struct{ name, body, want string }

func runScripts(t *testing.T, exposure webidl.Exposure, base string, scripts []script) {
	t.Helper()
	for _, test := range scripts {
		t.Run(test.name, func(t *testing.T) {
			got := strings.Join(newRig(t, exposure, base).run(test.body), "\n")
			if want := strings.Trim(test.want, "\n"); got != want {
				t.Errorf("logged:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// serve starts an HTTP server on loopback; it stops with the test.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}
