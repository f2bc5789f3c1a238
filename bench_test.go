package entangle

import (
	"context"
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkPostReceive is one goroutine that posts and another one that receives.
func BenchmarkPostReceive(b *testing.B) {
	type data struct {
		Q string `json:"q"`
		N int    `json:"n"`
	}
	type request struct {
		ID   int    `json:"id"`
		Type string `json:"type"`
		Data data   `json:"data"`
	}
	for _, message := range []struct {
		name  string
		value any
	}{
		{"string", "hello, world"},
		{"struct", request{1, "search", data{"abc", 42}}},
		{"map", map[string]any{"id": 1.0, "type": "search", "data": map[string]any{"q": "abc", "n": 42.0}}},
	} {
		b.Run("pulled/"+message.name, func(b *testing.B) {
			b.ReportAllocs()
			defer reportCPU(b)()
			channel := NewMessageChannel()
			defer channel.Port1.Close()
			ctx := b.Context()
			done := make(chan struct{})
			n := b.N
			go func() {
				defer close(done)
				for range n {
					event, err := channel.Port2.Receive(ctx)
					if err != nil {
						b.Error(err)
						return
					}
					event.Data()
				}
			}()
			for range n {
				if err := channel.Port1.Post(ctx, message.value); err != nil {
					b.Fatal(err)
				}
			}
			<-done
		})
		b.Run("pushed/"+message.name, func(b *testing.B) {
			b.ReportAllocs()
			defer reportCPU(b)()
			agent, global := newTestGlobal()
			channel := global.NewMessageChannel()
			left := b.N
			ctx, cancel := context.WithCancel(b.Context())
			channel.Port2.OnMessage(func(e *MessageEvent) {
				e.Data()
				if left--; left == 0 {
					cancel()
				}
			})
			done := make(chan struct{})
			go func() { agent.Run(ctx); close(done) }()
			for range b.N {
				if err := channel.Port1.Post(context.Background(), message.value); err != nil {
					b.Fatal(err)
				}
			}
			<-done
		})
	}
}

// BenchmarkPostThenReceive is one goroutine that does both: no scheduling.
func BenchmarkPostThenReceive(b *testing.B) {
	b.ReportAllocs()
	defer reportCPU(b)()
	channel := NewMessageChannel()
	defer channel.Port1.Close()
	ctx := b.Context()
	for i := 0; i < b.N; i += 100 {
		for range 100 {
			if err := channel.Port1.PostMessage("hello, world"); err != nil {
				b.Fatal(err)
			}
		}
		for range 100 {
			event, err := channel.Port2.Receive(ctx)
			if err != nil {
				b.Fatal(err)
			}
			event.Data()
		}
	}
}

// BenchmarkPingPong is a round trip between two goroutines.
func BenchmarkPingPong(b *testing.B) {
	b.Run("pulled", func(b *testing.B) {
		b.ReportAllocs()
		defer reportCPU(b)()
		channel := NewMessageChannel()
		ctx := b.Context()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for event, err := range channel.Port2.Messages(ctx) {
				if err != nil {
					b.Error(err)
					return
				}
				channel.Port2.PostMessage(event.Data())
			}
		}()
		left := b.N
		channel.Port1.PostMessage("ping")
		for _, err := range channel.Port1.Messages(ctx) {
			if left--; left == 0 || err != nil {
				break
			}
			channel.Port1.PostMessage("ping")
		}
		channel.Port1.Close()
		<-done
	})
	b.Run("pushed", func(b *testing.B) {
		b.ReportAllocs()
		defer reportCPU(b)()
		agent1, global1 := newTestGlobal()
		agent2, global2 := newTestGlobal()
		channel := NewMessageChannel()
		port1, _ := global1.Adopt(channel.Port1)
		port2, _ := global2.Adopt(channel.Port2)
		ctx, cancel := context.WithCancel(b.Context())
		left := b.N
		port1.OnMessage(func(e *MessageEvent) {
			if left--; left == 0 {
				cancel()
				return
			}
			port1.PostMessage(e.Data())
		})
		port2.OnMessage(func(e *MessageEvent) { port2.PostMessage(e.Data()) })
		done := make(chan struct{})
		go func() { agent2.Run(ctx); close(done) }()
		port1.PostMessage("ping")
		agent1.Run(ctx)
		<-done
	})
}

// BenchmarkTransfer is a port that goes from hand to hand, alone and with 100
// messages in its queue.
func BenchmarkTransfer(b *testing.B) {
	for _, queued := range []int{0, 100} {
		b.Run(fmt.Sprint("queued=", queued), func(b *testing.B) {
			b.ReportAllocs()
			defer reportCPU(b)()
			carrier, travelling := NewMessageChannel(), NewMessageChannel()
			for range queued {
				travelling.Port1.PostMessage("waits")
			}
			port := travelling.Port2
			ctx := b.Context()
			for range b.N {
				if err := carrier.Port1.PostMessage(nil, port); err != nil {
					b.Fatal(err)
				}
				event, err := carrier.Port2.Receive(ctx)
				if err != nil {
					b.Fatal(err)
				}
				port = event.Ports[0]
			}
			runtime.KeepAlive(travelling)
		})
	}
}

// BenchmarkBroadcast is deliveries to 100 receivers.
func BenchmarkBroadcast(b *testing.B) {
	const receivers = 100
	for _, globals := range []int{1, receivers} {
		b.Run(fmt.Sprint("globals=", globals), func(b *testing.B) {
			b.ReportAllocs()
			defer reportCPU(b)()
			ua := NewUserAgent()
			agent := ua.NewAgent()
			origin := NewOpaqueOrigin()
			sender := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Agent: agent, Origin: origin}), "all")
			defer sender.Close()
			got := 0
			var global *Global
			for i := range receivers {
				if i < globals {
					global = ua.NewGlobal(GlobalOptions{Agent: agent, Origin: origin})
				}
				NewBroadcastChannel(global, "all").OnMessage(func(e *MessageEvent) { e.Data(); got++ })
			}
			for posted := 0; posted < b.N; posted += 10 * receivers {
				for range 10 {
					sender.PostMessage("logout")
				}
				for stop := false; !stop; {
					ctx, cancel := context.WithCancel(b.Context())
					agent.Loop().QueueTask("test", nil, func() { stop = true; cancel() })
					agent.Run(ctx)
				}
			}
			if got < b.N {
				b.Fatal(got)
			}
		})
	}
}

// BenchmarkChannel is a channel made, used once in each direction, and dropped; garbage
// collection included.
func BenchmarkChannel(b *testing.B) {
	b.Run("pulled", func(b *testing.B) {
		b.ReportAllocs()
		defer reportCPU(b)()
		ctx := b.Context()
		for range b.N {
			channel := NewMessageChannel()
			channel.Port1.PostMessage("hello")
			if _, err := channel.Port2.Receive(ctx); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
	})
	b.Run("pushed", func(b *testing.B) {
		b.ReportAllocs()
		defer reportCPU(b)()
		agent, global := newTestGlobal()
		for range b.N {
			channel := global.NewMessageChannel()
			channel.Port1.OnMessage(func(*MessageEvent) {})
			channel.Port2.PostMessage("hello")
			for agent.Step() {
			}
		}
		runtime.GC()
	})
}
