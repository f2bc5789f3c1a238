package html

import (
	"testing"
	"time"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// testWindow is a global that has a document.
type testWindow struct {
	event.Target
	document *dom.Document
	ref      *qjs.Ref
}

func (w *testWindow) Trace(visit func(*qjs.Ref)) {
	w.Target.Trace(visit)
	visit(w.ref)
}

var testWindowInterface = &webidl.Interface{
	Name: "Window", Parent: event.EventTargetInterface, Exposed: webidl.Window, Global: true,
	Attributes: append(handlerAttributes(append(WindowEventHandlers, GlobalEventHandlers...)),
		webidl.Attribute{Name: "document", Unforgeable: true, Get: webidl.Getter(func(_ *qjs.Realm, w *testWindow) (qjs.Value, error) {
			return w.document.Value(), nil
		})}),
	Operations: []webidl.Operation{{Name: "getComputedStyle", Length: 1, Func: ComputedStyle}},
}

// page is a window with a document whose hooks run classic scripts and note the rest in log.
type page struct {
	testing.TB
	rt       *qjs.Runtime
	realm    *qjs.Realm
	window   *testWindow
	document *dom.Document
	log      []string
	wait     bool // external scripts make the parser wait
	errors   []error
}

func newPage(t testing.TB) *page {
	t.Helper()
	p := &page{TB: t, rt: qjs.NewRuntime(qjs.Options{})}
	t.Cleanup(p.rt.Close)
	t.Cleanup(p.rt.Enter())
	p.realm = p.rt.NewRealm()
	loop := eventloop.New(eventloop.Clock{Now: time.Now, AfterFunc: func(d time.Duration, f func()) func() bool {
		return time.AfterFunc(d, f).Stop
	}})
	loop.SetMicrotasks(event.Microtasks(p.rt, func() *qjs.Realm { return p.realm }, event.TrackRejections(p.rt)))
	settings.New(&settings.Object{Realm: p.realm, Loop: loop, Environment: webidl.Environment{Kind: webidl.Window}, TimeOrigin: time.Now()})
	webidl.Install(p.realm, append(append([]*webidl.Interface{testWindowInterface}, Interfaces...), event.Interfaces...)...)
	if err := InstallFactories(p.realm); err != nil {
		t.Fatal(err)
	}
	p.window = &testWindow{}
	webidl.InstallGlobal(p.realm, testWindowInterface, p.window)
	event.Reporting(p.realm, func(info event.ErrorInfo) { p.log = append(p.log, "error "+info.Message) })
	p.document = p.newDocument()
	p.run(`
		var window = globalThis;
		function equal(got, want, what) {
			if (!Object.is(got, want)) throw new Error(what + ": " + String(got) + ", want " + String(want));
		}
		function throws(name, f, what) {
			try { f(); } catch (e) { equal(e.name, name, what); return; }
			throw new Error(what + ": did not throw");
		}`)
	return p
}

func (p *page) note(what string) func(e *dom.Element) {
	return func(e *dom.Element) { p.log = append(p.log, what+" "+e.LocalName()+"#"+e.ID()) }
}

func (p *page) newDocument() *dom.Document {
	h := &dom.Hooks{
		Window:        func(*dom.Document) event.EventTarget { return p.window },
		DefaultView:   func(*dom.Document) qjs.Value { return p.realm.Global() },
		FrameInserted: p.note("frame inserted"), FrameRemoved: p.note("frame removed"), FrameNavigate: p.note("frame navigates"),
		FrameRenamed: p.note("frame renamed"), Follow: p.note("follow"), FetchImage: p.note("image"), FetchLink: p.note("link"),
		Submit:   func(form, submitter *dom.Element) { p.log = append(p.log, "submit") },
		Parsed:   func(*dom.Document) { p.log = append(p.log, "parsed") },
		HasFocus: func(*dom.Document) bool { return true },
		PrepareScript: func(e *dom.Element, parserInserted bool) bool {
			s := ScriptState(e)
			if s.AlreadyStarted || !e.Has("src") && e.ChildText() == "" {
				return false
			}
			s.AlreadyStarted = true
			if e.Has("src") {
				p.log = append(p.log, "script "+e.Attr("src"))
				return p.wait && parserInserted
			}
			defer SetCurrentScript(e.Document(), e)()
			p.eval(e.ChildText())
			return false
		},
	}
	d := dom.NewDocument(dom.Options{URL: "https://example.com/dir/page", Interfaces: DocumentInterfaces, Realm: p.realm, Hooks: h})
	p.window.document = d
	p.window.ref = p.rt.NewRef(d.Value())
	return d
}

func (p *page) eval(script string) qjs.Value {
	p.Helper()
	var v qjs.Value
	err := webidl.RunScript(p.realm, nil, func() (err error) {
		v, err = p.realm.Eval(script, "https://example.com/script.js")
		return err
	})
	if err != nil {
		p.errors = append(p.errors, err)
	}
	return v
}

// run runs a script, which must not throw.
func (p *page) run(script string) qjs.Value {
	p.Helper()
	v := p.eval(script)
	p.noErrors()
	return v
}

func (p *page) noErrors() {
	p.Helper()
	for _, err := range p.errors {
		if e, ok := err.(*qjs.Exception); ok {
			p.Errorf("%v\n%s", err, e.Stack)
		} else {
			p.Error(err)
		}
	}
	if len(p.errors) > 0 {
		p.FailNow()
	}
}

// load parses a page.
func (p *page) load(source string) {
	p.Helper()
	if err := p.document.ParseHTML(source); err != nil {
		p.Fatal(err)
	}
	p.noErrors()
}

func (p *page) logged(want ...string) {
	p.Helper()
	if len(p.log) != len(want) {
		p.Errorf("log %q, want %q", p.log, want)
	}
	for i := range min(len(p.log), len(want)) {
		if p.log[i] != want[i] {
			p.Errorf("log %q, want %q", p.log, want)
			break
		}
	}
	p.log = nil
}

// BenchmarkInstall is what the interfaces cost a fresh realm.
func BenchmarkInstall(b *testing.B) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	for b.Loop() {
		leave := rt.Enter()
		b.StopTimer()
		realm := rt.NewRealm()
		settings.New(&settings.Object{Realm: realm, Environment: webidl.Environment{Kind: webidl.Window}})
		webidl.Install(realm, event.Interfaces...)
		b.StartTimer()
		webidl.Install(realm, Interfaces...)
		b.StopTimer()
		realm.Close()
		leave()
		b.StartTimer()
	}
}
