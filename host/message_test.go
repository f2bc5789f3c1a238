package host

import (
	"sync"
	"testing"
)

func TestTraceOfMessages(t *testing.T) {
	var mu sync.Mutex
	var got []Message
	h := newHost(t, map[string]string{"a.html": ""}, func(o *Options) {
		o.Message = func(m Message) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, m)
		}
	})
	p := open(t, h, "/a.html")
	eval(t, p, "postMessage('x', 'https://other.example'); new Promise(f => { onmessage = f; "+
		"postMessage('y', '*', [new MessageChannel().port1]) }).then(() => 0)")
	mu.Lock()
	defer mu.Unlock()
	if len(got) < 2 {
		t.Fatalf("%+v", got)
	}
	if got[0].Discarded == "" || got[1].Discarded != "" || got[1].Ports != 1 || got[1].Size == 0 || got[1].Type != "message" {
		t.Errorf("%+v", got)
	}
	if got[1].From != "http://localhost/a.html" || got[1].To != got[1].From {
		t.Errorf("%+v", got[1])
	}
}
