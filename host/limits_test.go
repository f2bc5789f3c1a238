package host

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mayFail lets errors of script pass that the test provokes.
func mayFail(errs *[]string) func(*Options) {
	return func(o *Options) {
		o.ScriptTimeout = 50 * time.Millisecond
		o.Error = func(e ScriptError) { *errs = append(*errs, e.Message) }
	}
}

func TestEndlessScripts(t *testing.T) {
	if raceEnabled {
		t.Log("the engine is slow under the race detector: the time limit ends honest scripts, too")
		return
	}
	var errs []string
	h := newHost(t, map[string]string{"index.html": "<script>var before = 1; for (;;) {}</script><script>var after = 1</script>"},
		mayFail(&errs))
	p := open(t, h, "/")
	if got := eval(t, p, "before + after"); got != "2" {
		t.Error(got)
	}
	// Promises that never end do not stop the event loop.
	if got := eval(t, p, "(function f() { Promise.resolve().then(f) })(); new Promise(f => setTimeout(f, 1, 'alive'))"); got != "alive" {
		t.Error(got)
	}
	if len(errs) == 0 || !strings.Contains(errs[0], "took too long") {
		t.Error(errs)
	}
}

func TestStackAndMemoryLimits(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""}, func(o *Options) { o.MemoryLimit = 32 << 20 })
	p := open(t, h, "/")
	if got := eval(t, p, "try { (function f() { f() })() } catch (e) { 'caught' }"); got != "caught" {
		t.Error(got)
	}
	if got := eval(t, p, "try { const a = []; for (;;) a.push(new Array(10000).fill(0)) } catch (e) { 'caught' }"); got != "caught" {
		t.Error(got)
	}
	if got := eval(t, p, "1 + 1"); got != "2" {
		t.Error(got)
	}
}

func TestFrameLimits(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": "<iframe src=/?></iframe><script>top.n = (top.n || 0) + 1</script>"},
		func(o *Options) { o.MaxFrameDepth = 5 })
	p := open(t, h, "/")
	if got := eval(t, p, "n"); got != "6" {
		t.Error(got)
	}
	h = newHost(t, map[string]string{"index.html": ""}, func(o *Options) { o.MaxWindows = 10 })
	p = open(t, h, "/")
	if got := eval(t, p, "var n = 0; while (n < 100 && open('about:blank')) n++; n"); got != "9" {
		t.Error(got)
	}
}

// 10,000 pages that are opened and closed leave nothing behind.
func TestManyPages(t *testing.T) {
	n := 10000
	if raceEnabled || testing.Short() {
		n = 100
	}
	h := newHost(t, map[string]string{"index.html": "<script>const c = new MessageChannel(); c.port1.onmessage = () => {}; var o = { c }; " +
		"o.o = o</script>"})
	var before int
	for i := range n {
		p := open(t, h, "/")
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if i == n/10 {
			before = residentMemory(t)
		}
	}
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if after := residentMemory(t); after > before+32<<20 {
		t.Errorf("resident memory grew from %d to %d bytes", before, after)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.senders) != 0 || h.navigables != 0 {
		t.Errorf("%d windows, %d navigables are left", len(h.senders), h.navigables)
	}
}

// Frames that come and go leave nothing behind; functions of theirs that script holds work on.
func TestManyFrames(t *testing.T) {
	n := 1000
	if raceEnabled || testing.Short() {
		n = 50
	}
	h := newHost(t, map[string]string{"index.html": "", "frame.html": "<p id=x>text<script>var f = () => { try { new " +
		"MessageChannel().port1.postMessage(f) } catch (e) { return e.name + new URL('a', 'http://b/c').href } }</script>"})
	p := open(t, h, "/")
	eval(t, p, `var held = [];
		function cycle() {
			return new Promise(done => {
				const frame = document.createElement('iframe');
				frame.src = '/frame.html';
				frame.onload = () => { held = [frame.contentWindow.f]; frame.remove(); done() };
				document.body.append(frame);
			});
		}
		async function cycles(n) { for (let i = 0; i < n; i++) await cycle() }
		cycles(20)`)
	before := residentMemory(t)
	eval(t, p, "cycles("+strconv.Itoa(n)+")")
	if after := residentMemory(t); after > before+64<<20 {
		t.Errorf("resident memory grew from %d to %d MiB", before>>20, after>>20)
	}
	if got := eval(t, p, "held[0]()"); got != "DataCloneErrorhttp://b/a" {
		t.Error(got)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for a := range h.agents {
		if len(a.windows) != 1 || len(a.realms) != 1 {
			t.Errorf("%d WindowProxies, %d realms", len(a.windows), len(a.realms))
		}
	}
}

// A script that posts more than anybody takes gets an exception.
func TestMessagesThatWait(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": ""}, func(o *Options) { o.MaxHeap = 200 << 20 })
	p := open(t, h, "/")
	if got := eval(t, p, "var c = new MessageChannel(), n = 0; try { for (; n < 1000; "+
		"n++) c.port1.postMessage(new ArrayBuffer(4 << 20)) } catch (e) { e.name + (n > 5) }"); got != "RangeErrortrue" {
		t.Error(got)
	}
	if got := eval(t, p, "c.port1.close(); c.port2.close(); c = null; 1"); got != "1" {
		t.Error(got)
	}
}

// A script that fetches without end gets errors.
func TestFetchesThatWait(t *testing.T) {
	release := make(chan struct{})
	h := newHost(t, nil, handlers(map[string]http.Handler{"https://a.example": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "text/html")
	})}))
	p := open(t, h, "https://a.example/")
	if got := eval(t, p, "new Promise(f => { for (let i = 0; i < 5000; i++) { const img = new Image(); img.onerror = () => f('refused'); "+
		"img.src = '/slow' } })"); got != "refused" {
		t.Error(got)
	}
	close(release)
}
