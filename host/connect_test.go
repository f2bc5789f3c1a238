package host

import (
	"context"
	"errors"
	"testing"

	"github.com/entangle-go/entangle/clone"
)

func TestConnectToPage(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	p := open(t, h, "/")
	eval(t, p, "name = 'answerer'; onconnect = e => { const port = e.ports[0]; port.onmessage = m => port.postMessage(m.data + 1) }; 0")
	port, err := h.ConnectTo(within(t), "answerer")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if err := port.PostMessage(41.0); err != nil {
		t.Fatal(err)
	}
	e, err := port.Receive(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if e.Data() != 42.0 {
		t.Errorf("%v", e.Data())
	}
}

// The context of ConnectTo bounds the call: it ends the wait for a window, and no port.
func TestConnectToWaitsForAPage(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<script>name = 'late'; onconnect = e => e.ports[0].postMessage('hello')</script>"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.ConnectTo(ctx, "late"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	opened := make(chan error, 1)
	go func() {
		_, err := h.Open(within(t), "/")
		opened <- err
	}()
	ctx, cancel = context.WithCancel(within(t))
	port, err := h.ConnectTo(ctx, "late")
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	if e, err := port.Receive(within(t)); err != nil || e.Data() != "hello" {
		t.Error(e, err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestPageConnectsToProgram(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	l, err := h.Listen("program")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := open(t, h, "/")
	eval(t, p, "var answer = new Promise(f => { const port = connectTo('program'); port.onmessage = e => f(e.data); "+
		"port.postMessage('hello') }); 0")
	port, err := l.Accept(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	e, err := port.Receive(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := port.PostMessage(e.Data().(string) + " page"); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "answer"); got != "hello page" {
		t.Error(got)
	}
}

func TestWait(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""})
	p := open(t, h, "/")
	eval(t, p, "setTimeout(() => fetch('/').then(() => postMessage('x', '*')), 20); onmessage = () => { window.done = true }; 0")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, p, "done"); got != "true" {
		t.Error(got)
	}
}

func TestNamesOfNoWindow(t *testing.T) {
	h := newHost(t, nil)
	for _, name := range []string{"", "_", "_self", "_blank"} {
		_, connect := h.ConnectTo(within(t), name)
		_, listen := h.Listen(name)
		for _, err := range []error{connect, listen} {
			if e := (*clone.DOMException)(nil); !errors.As(err, &e) || e.Name != "SyntaxError" {
				t.Errorf("%q: %v", name, err)
			}
		}
		if connect != nil && listen != nil && connect.Error() != listen.Error() {
			t.Errorf("%v, but %v", connect, listen)
		}
	}
}
