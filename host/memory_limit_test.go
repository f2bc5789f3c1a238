package host

import (
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

func TestLimitsThatAreTooSmall(t *testing.T) {
	for _, options := range []Options{{MemoryLimit: 1}, {MemoryLimit: minimalMemoryLimit - 1}, {StackSize: 1},
		{StackSize: minimalStackSize - 1}, {StackSize: -1}} {
		if h, err := New(options); err == nil || !strings.Contains(err.Error(), "at least") {
			_ = h.Close()
			t.Errorf("%d bytes, %d calls: %v", options.MemoryLimit, options.StackSize, err)
		}
	}
	// The smallest ones do for a page with a frame and a worker.
	h := newHost(t, map[string]string{"index.html": "<iframe src=about:blank></iframe>", "worker.js": "postMessage('here')"},
		func(o *Options) {
			o.MemoryLimit, o.StackSize = minimalMemoryLimit, minimalStackSize
		})
	p := open(t, h, "/")
	if got := eval(t, p, "new Promise(f => { new Worker('/worker.js').onmessage = e => f(e.data + frames.length) })"); got != "here1" {
		t.Error(got)
	}
}

// recordErrors keeps what the host tells of errors.
func recordErrors(o *Options) (messages func() string) {
	var mu sync.Mutex
	var all []string
	o.Error = func(e ScriptError) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, e.Message)
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(all, "\n")
	}
}

func TestNoMemoryForWindows(t *testing.T) {
	var messages func() string
	h := newHost(t, map[string]string{"index.html": "", "opens.html": ""}, func(o *Options) {
		o.MemoryLimit = 8 << 20
		messages = recordErrors(o)
	})
	p := open(t, h, "/")
	if got := eval(t, p, "var n = 0, opened; while (n < 500 && (opened = open('/opens.html', '_blank'))) n++; "+
		"n > 5 && n < 500 && opened === null"); got != "true" {
		t.Error(got)
	}
	if got := eval(t, p, "var f = document.createElement('iframe'); document.body.append(f); "+
		"f.contentWindow === null && frames.length === 0"); got != "true" {
		t.Error(got)
	}
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := messages(); !strings.Contains(got, "no room for the document") || strings.Contains(got, "failed") {
		t.Error(got)
	}
	// The page and other agents work on.
	if got := eval(t, p, "1 + 1"); got != "2" {
		t.Error(got)
	}
}

// A failure of the engine ends the agent, and no other.
func TestEngineFailure(t *testing.T) {
	for _, where := range []string{"in a task", "in a function that script called"} {
		t.Run(where, func(t *testing.T) {
			var messages func() string
			h := newHost(t, map[string]string{"index.html": ""}, func(o *Options) { messages = recordErrors(o) })
			p, other := open(t, h, "/"), open(t, h, "/")
			w := p.window()
			w.agent.post(func() {
				realm := w.settings.Realm
				wild := realm.NewObject()
				*(*uint64)(unsafe.Pointer(&wild)) = 1 << 40
				if where == "in a task" {
					_ = realm.NewObjectWithPrototype(wild)
					return
				}
				_ = realm.Global().Set(realm, "fail", realm.NewFunction("fail", 0, func(*qjs.Call) (qjs.Value, error) {
					_, err := wild.Get(realm, "x")
					return qjs.Value{}, err
				}))
				_, _ = realm.Eval("try { fail() } finally { for (;;); }", "fail.js")
			})
			select {
			case <-p.Done():
			case <-within(t).Done():
				t.Fatal("the page is not closed")
			}
			<-w.agent.done
			if got := messages(); !strings.Contains(got, "the engine failed") {
				t.Error(got)
			}
			if got := eval(t, other, "1 + 1"); got != "2" {
				t.Error(got)
			}
		})
	}
}
