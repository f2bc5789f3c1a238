package messaging

import (
	"context"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Agents on goroutines of their own send each other objects, buffers and ports, at the same time.
func TestParallelAgents(t *testing.T) {
	ua := entangle.NewUserAgent()
	windows := []*window{newWindow(t, ua, "https://a.example"), newWindow(t, ua, "https://b.example"), newWindow(t, ua, "https://a.example")}
	for i, w := range windows {
		c := entangle.NewMessageChannel()
		w.give("next", c.Port1)
		windows[(i+1)%len(windows)].give("previous", c.Port2)
	}
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan struct{}, len(windows))
	for i, w := range windows {
		leave := w.realm.Runtime().Enter()
		f := w.realm.NewFunction("finish", 0, func(*qjs.Call) (qjs.Value, error) {
			finished <- struct{}{}
			return qjs.Value{}, nil
		})
		if err := w.realm.Global().Set(w.realm, "finish", f); err != nil {
			t.Fatal(err)
		}
		leave()
		// Each sends a token of its own round the ring, with a buffer that all write to and a port that
		// takes the last holder's answer back.
		w.run(`
			const news = new BroadcastChannel("news");
			let heard = 0;
			news.onmessage = e => { heard += e.data.news };
			previous.onmessage = ({data, ports}) => {
				if (data.owner !== ` + string(rune('0'+i)) + ` || data.hops < 300) {
					new Uint32Array(data.buffer)[0]++;
					data.hops++;
					news.postMessage({news: 1});
					next.postMessage(data, [data.buffer, ...ports]);
					return;
				}
				ports[0].postMessage(new Uint32Array(data.buffer)[0]);
			};
			const {port1, port2} = new MessageChannel;
			port1.onmessage = e => { log(e.data); finish() };
			const buffer = new ArrayBuffer(8192);
			next.postMessage({owner: ` + string(rune('0'+i)) + `, hops: 0, buffer}, [buffer, port2]);`)
	}
	var running sync.WaitGroup
	for _, w := range windows {
		running.Go(func() { _ = w.of.Agent().Run(ctx) })
	}
	for range windows {
		<-finished
	}
	cancel()
	running.Wait()
	for _, w := range windows {
		w.expect("true", `events.length === 1 && Number(events[0]) >= 300`)
	}
}
