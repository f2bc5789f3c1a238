//go:build unix

package remote_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

func benchEachHub(b *testing.B, run func(*testing.B, *testHub)) {
	b.Run("WebSocket", func(b *testing.B) { run(b, newTestHub(b, false)) })
	b.Run("Pipe", func(b *testing.B) { run(b, newTestHub(b, true)) })
}

// reportCPU adds the CPU time of the whole process, hub and both clients, per operation. It is
// steadier than the time on the wall.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	return func() { b.ReportMetric(float64(used()-start)/float64(b.N), "cpu-ns/op") }
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
		b.ResetTimer()
		report := reportCPU(b)
		for range b.N {
			must(b, near.PostMessage("ping"))
			if _, err := near.Receive(ctx); err != nil {
				b.Fatal(err)
			}
		}
		report()
		near.Close()
	})
}

// Messages one way, as fast as the other side takes them.
func BenchmarkOneWay(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 16 << 10, 64 << 10, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchEachHub(b, func(b *testing.B, h *testHub) { oneWay(b, h, size) }) })
	}
}

func oneWay(b *testing.B, h *testHub, size int) {
	near, far := h.pair(b, "one way")
	ctx := b.Context()
	message := strings.Repeat("x", size)
	b.ReportAllocs()
	b.ResetTimer()
	report := reportCPU(b)
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
	report()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
