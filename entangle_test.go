package entangle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/entangle-go/entangle/clone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestGlobal returns a global with an event loop, in a user agent of its own.
func newTestGlobal() (*Agent, *Global) {
	ua := NewUserAgent()
	agent := ua.NewAgent()
	return agent, ua.NewGlobal(GlobalOptions{Agent: agent})
}

// runAll runs all tasks that there are.
func runAll(agents ...*Agent) {
	for again := true; again; {
		again = false
		for _, a := range agents {
			again = a.Step() || again
		}
	}
}

// must checks the error of a call.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// value checks the error of a call and returns its value.
func value[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func receive(t testing.TB, p *MessagePort) *MessageEvent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return value(p.Receive(ctx))(t)
}

// expect receives messages and compares them.
func expect(t testing.TB, p *MessagePort, want ...any) {
	t.Helper()
	for _, w := range want {
		if got := receive(t, p).Data(); got != w {
			t.Fatalf("received %v, want %v", got, w)
		}
	}
}

// expectError expects that the port has no message left, but this end.
func expectError(t testing.TB, p *MessagePort, want error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if e, err := p.Receive(ctx); !errors.Is(err, want) {
		t.Fatalf("received %v, %v, want %v", e, err, want)
	}
}

// expectNothing expects that the port waits.
func expectNothing(t testing.TB, p *MessagePort) {
	t.Helper()
	p.channel.lock(p.turn & 1)
	defer p.channel.unlock(p.turn & 1)
	e, err := p.open()
	must(t, err)
	if e.first != nil {
		t.Fatal("there is an event:", e.first.Type)
	}
}

// isDOMException expects a DOMException of a name.
func isDOMException(t testing.TB, err error, name string) {
	t.Helper()
	var e *clone.DOMException
	if !errors.As(err, &e) || e.Name != name {
		t.Fatalf("%v, want a %s", err, name)
	}
}

// journal notes what listeners saw, in order.
type journal []string

func (j *journal) note(args ...any) { *j = append(*j, fmt.Sprint(args...)) }

// messages returns a listener that notes the data.
func (j *journal) messages(prefix string) func(*MessageEvent) {
	return func(e *MessageEvent) { j.note(prefix, e.Data()) }
}

func (j *journal) closes(prefix string) func() { return func() { j.note(prefix, "close") } }

func (j *journal) check(t testing.TB, want string) {
	t.Helper()
	if got := strings.Join(*j, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	*j = nil
}

// listen has a port's events noted.
func (j *journal) listen(t testing.TB, p *MessagePort, prefix string) {
	t.Helper()
	must(t, p.OnClose(j.closes(prefix)))
	must(t, p.OnMessageError(func(e *MessageEvent) { j.note(prefix, e.Type) }))
	must(t, p.OnMessage(j.messages(prefix)))
}

// collect collects garbage until done. Cleanups run on a goroutine of the runtime some time
// after a collection.
func collect(t testing.TB, done func() bool) {
	t.Helper()
	for range 1000 {
		runtime.GC()
		if done() {
			return
		}
		runtime.Gosched()
	}
	t.Fatal("garbage was not noticed")
}
