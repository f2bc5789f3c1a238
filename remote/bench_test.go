package remote_test

import "testing"

func benchEachHub(b *testing.B, run func(*testing.B, *testHub)) {
	b.Run("WebSocket", func(b *testing.B) { run(b, newTestHub(b, false)) })
	b.Run("Pipe", func(b *testing.B) { run(b, newTestHub(b, true)) })
}

// One message there and one back.
func BenchmarkRoundTrip(b *testing.B) {
	benchEachHub(b, func(b *testing.B, h *testHub) {
		near, far := h.pair(b, "round trip")
		ctx := b.Context()
		go func() {
			for event, err := range far.Messages(ctx) {
				if err != nil || far.PostMessage(event.Data()) != nil {
					return
				}
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			must(b, near.PostMessage("ping"))
			if _, err := near.Receive(ctx); err != nil {
				b.Fatal(err)
			}
		}
		near.Close()
	})
}

// Messages one way, as fast as the other side takes them.
func BenchmarkOneWay(b *testing.B) {
	benchEachHub(b, func(b *testing.B, h *testHub) {
		near, far := h.pair(b, "one way")
		ctx := b.Context()
		message := "sixty-four bytes of text, give or take, in one message, one way."
		b.ReportAllocs()
		b.ResetTimer()
		go func() {
			for range b.N {
				if near.Post(ctx, message) != nil {
					return
				}
			}
		}()
		for range b.N {
			if _, err := far.Receive(ctx); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	})
}
