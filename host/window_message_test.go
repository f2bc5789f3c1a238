package host

import "testing"

// table evaluates expressions in a page.
func table(t *testing.T, p *Page, tests [][2]string) {
	t.Helper()
	for _, test := range tests {
		if got := eval(t, p, test[0]); got != test[1] {
			t.Errorf("%s: %s, want %s", test[0], got, test[1])
		}
	}
}

func TestWindowPostMessage(t *testing.T) {
	h := newHost(t, map[string]string{"index.html": `<iframe src=frame.html></iframe><script>
		const next = () => new Promise(f => addEventListener('message', f, { once: true }))</script>`,
		"frame.html": "<script>function send(...args) { parent.postMessage(...args) }</script>"})
	p := open(t, h, "/")
	t.Run("SPEC 7 overloads", func(t *testing.T) {
		table(t, p, [][2]string{
			{"postMessage(1); next().then(e => e.data)", "1"},
			{"postMessage(2, '/'); next().then(e => e.data)", "2"},
			{"postMessage(3, { targetOrigin: '*' }); next().then(e => e.data)", "3"},
			{"{ const c = new MessageChannel(); postMessage(4, { transfer: [c.port1], targetOrigin: origin }) } " +
				"next().then(e => e.data + e.ports.length)", "5"},
			{"try { postMessage() } catch (e) { e.name }", "TypeError"},
		})
	})
	t.Run("SPEC 8 the target origin is parsed before anything is serialized", func(t *testing.T) {
		table(t, p, [][2]string{
			{"var got = 0; try { postMessage({ get x() { got++ } }, 'no url') } catch (e) { e.name + got }", "SyntaxError0"},
			{"try { postMessage(1, '') } catch (e) { e.name }", "SyntaxError"},
		})
	})
	t.Run("SPEC 9 what is transferred is gone, whoever the message is for", func(t *testing.T) {
		table(t, p, [][2]string{{"{ const b = new ArrayBuffer(8); postMessage(b, 'https://other.example', [b]); b.detached }", "true"}})
	})
	t.Run("SPEC 12 the source is the incumbent window", func(t *testing.T) {
		table(t, p, [][2]string{
			{"frames[0].send('up', '*'); next().then(e => e.source === frames[0] && e.origin === origin && e.data)", "up"},
			{"frames[0].setTimeout.call(frames[0], () => postMessage('late', '*')); next().then(e => e.source === self)", "true"},
		})
	})
	t.Run("SPEC 14 ports in the order of the transfer list, nothing else", func(t *testing.T) {
		table(t, p, [][2]string{{`{
			const a = new MessageChannel(), b = new MessageChannel(), buffer = new ArrayBuffer(1);
			postMessage([b.port1, a.port1], '*', [a.port1, buffer, b.port1]);
		} next().then(e => e.ports.length + String(e.ports[0] === e.data[1]) + Object.isFrozen(e.ports))`, "2truetrue"}})
	})
	t.Run("SPEC 15 nothing waits for a listener", func(t *testing.T) {
		table(t, p, [][2]string{{"postMessage('lost', '*'); new Promise(f => setTimeout(f, 5)).then(() => { postMessage('kept', '*'); " +
			"return next() }).then(e => e.data)", "kept"}})
	})
}

// SPEC 11: only when the task runs it is known which document the message meets.
func TestTargetOriginAtDelivery(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<iframe src=https://b.example/></iframe><script>var log = []; onmessage = e => log.push(e.data)</script>"},
		"https://b.example": {"/": "<script>onmessage = e => parent.postMessage('b got ' + e.data, '*')</script>"},
		"https://c.example": {"/": "<script>onmessage = e => parent.postMessage('c got ' + e.data, '*')</script>"},
	}))
	p := open(t, h, "https://a.example/")
	eval(t, p, "frames[0].postMessage(1, 'https://c.example'); frames[0].postMessage(2, 'https://b.example'); 0")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	eval(t, p, "frames[0].location = 'https://c.example/'; 0")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	eval(t, p, "frames[0].postMessage(3, 'https://b.example'); frames[0].postMessage(4, 'https://c.example'); 0")
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	table(t, p, [][2]string{{"log.join()", "b got 2,c got 4"}})
}

// SPEC 101: the ports of a destroyed document are closed.
func TestPortsOfDestroyedDocuments(t *testing.T) {
	for name, goes := range map[string]string{
		"removed":                "document.querySelector('iframe').remove()",
		"navigated":              "frames[0].location = '/other.html'",
		"navigated cross-origin": "frames[0].location = 'data:text/html,x'",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, map[string]string{
				"index.html": "<iframe src=frame.html></iframe>", "other.html": "",
				"frame.html": "<script>onmessage = e => { window.port = e.ports[0]; port.postMessage('last'); " +
					"parent.postMessage('have it', '*') }</script>",
			})
			p := open(t, h, "/")
			eval(t, p, `var log = [], c = new MessageChannel(), has = new Promise(f => { onmessage = f }); c.port1.onmessage = e => log.push(e.data);
				var ended = new Promise(f => { c.port1.onclose = f }); frames[0].postMessage('', '*', [c.port2]); has.then(() => 0)`)
			eval(t, p, goes+"; 0")
			table(t, p, [][2]string{{"ended.then(e => log.join() + e.type)", "lastclose"}})
		})
	}
}

// SPEC 96: windows of one origin that can reach each other share an event loop, others do not.
func TestAgents(t *testing.T) {
	h := newHost(t, nil, sites(map[string]map[string]string{
		"https://a.example": {"/": "<iframe src=/same></iframe><iframe src=https://b.example/></iframe><iframe sandbox=allow-scripts " +
			"src=/same></iframe>", "/same": ""},
		"https://b.example": {"/": ""},
	}))
	p := open(t, h, "https://a.example/")
	other := open(t, h, "https://a.example/same") // in a group of its own
	agents := map[*agent]bool{}
	w := p.window()
	for i, shared := range []bool{true, false, false} {
		inner := w.navigable.child(i).window()
		if got := inner.agent == w.agent; got != shared {
			t.Errorf("frame %d shares the agent: %v", i, got)
		}
		agents[inner.agent] = true
	}
	if agents[other.window().agent] || len(agents) != 3 {
		t.Errorf("%d agents", len(agents))
	}
}

func TestConnectToBetweenPages(t *testing.T) {
	h := newHost(t, map[string]string{"a.html": "", "b.html": "<script>name = 'finder'; onconnect = e => { window.held = e.source; " +
		"held.postMessage(e.data + e.origin + (e.ports[0] === e.source)) }</script>"})
	p := open(t, h, "/a.html")
	eval(t, p, "var port = connectTo('finder'), answer = new Promise(f => { port.onmessage = e => f(e.data) }); 0") // nobody is there yet
	q := open(t, h, "/b.html")
	table(t, p, [][2]string{{"answer", "true"}, {"try { connectTo('_blank') } catch (e) { e.name }", "SyntaxError"}})
	eval(t, p, "var ended = new Promise(f => { port.onclose = () => f('closed') }); 0")
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	table(t, p, [][2]string{{"ended", "closed"}})
}
