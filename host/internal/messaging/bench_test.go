package messaging

import (
	"testing"

	"github.com/entangle-go/entangle"
)

// BenchmarkScriptToScript is a small object from a script to another one in another agent:
// postMessage, the task, the event and its listener.
func BenchmarkScriptToScript(b *testing.B) {
	const batch = 100
	for _, test := range []struct{ name, message, listener string }{
		{"small object", `{id: i, type: "query", data: {q: "entangle", n: 3}}`, `port.onmessage = e => { sum += e.data.data.n }`},
		{"number", `i`, `port.onmessage = e => { sum += e.data }`},
		{"number, nobody looks at the event", `i`, `port.onmessage = () => { sum++ }`},
	} {
		b.Run(test.name, func(b *testing.B) {
			ua := entangle.NewUserAgent()
			from, to := newWindow(b, ua, "https://a.example"), newWindow(b, ua, "https://b.example")
			c := entangle.NewMessageChannel()
			from.give("port", c.Port1)
			to.give("port", c.Port2)
			from.run(`function post() { for (let i = 0; i < 100; i++) port.postMessage(` + test.message + `) }`)
			to.run(`var sum = 0; ` + test.listener)
			defer from.realm.Runtime().Enter()()
			post, err := from.realm.Global().Get(from.realm, "post")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				if _, err := post.Call(from.realm, from.realm.Undefined()); err != nil {
					b.Fatal(err)
				}
				for to.of.Agent().Step() {
				}
			}
			b.StopTimer()
			to.expect("true", `sum > 0`)
		})
	}
}

// BenchmarkPingPong is a message to another agent and one back.
func BenchmarkPingPong(b *testing.B) {
	ua := entangle.NewUserAgent()
	from, to := newWindow(b, ua, "https://a.example"), newWindow(b, ua, "https://b.example")
	c := entangle.NewMessageChannel()
	from.give("port", c.Port1)
	to.give("port", c.Port2)
	from.run(`var n = 0; port.onmessage = e => { n = e.data; port.postMessage(n + 1) }; port.postMessage(1)`)
	to.run(`port.onmessage = e => port.postMessage(e.data)`)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		to.of.Agent().Step()
		from.of.Agent().Step()
	}
	b.StopTimer()
	from.expect("true", `n > 0`)
}
