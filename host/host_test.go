package host

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHost returns a host of a folder that fails the test on an error of script, closed at the end.
func newHost(t testing.TB, files map[string]string, change ...func(*Options)) *Host {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	options := Options{
		Files:   folder,
		Console: func(m ConsoleMessage) { t.Log(m.Level, m.Text) },
		Error:   func(e ScriptError) { t.Error(e) },
	}
	for _, f := range change {
		f(&options)
	}
	h, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB, h *Host, url string) *Page {
	t.Helper()
	p, err := h.Open(within(t), url)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func eval(t testing.TB, p *Page, source string) string {
	t.Helper()
	v, err := p.Eval(within(t), source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return fmt.Sprint(v)
}
