package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
)

// workloads are Entangle's, by participant: "entangle" is the Go API as a program without an event
// loop uses it, goroutines that pull; "loop" is the same pushed on an event loop, the way the peers
// work; "host" is scripts in a host of package host.
var workloads = map[string]map[string]workload{
	"entangle": {
		"string":            pulled(1000, func(p *entangle.MessagePort) error { return p.PostMessage(text) }, asData),
		"object-map":        pulled(1000, func(p *entangle.MessagePort) error { return p.PostMessage(objectMap) }, asData),
		"object-struct":     pulled(1000, func(p *entangle.MessagePort) error { return p.PostMessage(objectStruct) }, as[request]),
		"records-map":       pulled(100, func(p *entangle.MessagePort) error { return p.PostMessage(recordMaps) }, asData),
		"records-struct":    pulled(100, func(p *entangle.MessagePort) error { return p.PostMessage(recordStructs) }, as[[]record]),
		"buffer":            pulled(16, postBuffer(), asData),
		"buffer-transfer":   pulledBufferTransfer,
		"ping-pong":         pulledPingPong,
		"port-transfer":     pulledPortTransfers(1),
		"port-transfer-100": pulledPortTransfers(100),
		"broadcast":         pulledBroadcast,
		"idle-channels":     idleChannels,
		"channel-use":       pulledChannelUse,
		"clone":             structuredClone,
	},
	"loop": {
		"string":            pushed(1000, func(p *entangle.MessagePort) error { return p.PostMessage(text) }, asData),
		"object-map":        pushed(1000, func(p *entangle.MessagePort) error { return p.PostMessage(objectMap) }, asData),
		"object-struct":     pushed(1000, func(p *entangle.MessagePort) error { return p.PostMessage(objectStruct) }, as[request]),
		"records-map":       pushed(100, func(p *entangle.MessagePort) error { return p.PostMessage(recordMaps) }, asData),
		"records-struct":    pushed(100, func(p *entangle.MessagePort) error { return p.PostMessage(recordStructs) }, as[[]record]),
		"buffer":            pushed(16, postBuffer(), asData),
		"buffer-transfer":   pushedBufferTransfer,
		"ping-pong":         pushedPingPong,
		"port-transfer":     pushedPortTransfers(1),
		"port-transfer-100": pushedPortTransfers(100),
		"broadcast":         pushedBroadcast,
		"idle-channels":     listeningChannels,
		"channel-use":       pushedChannelUse,
	},
	"host": {
		"worker-object":    hostObject,
		"worker-ping-pong": hostPingPong,
		"open":             hostOpen,
	},
	"hub":   overNetwork("hub"),
	"nats":  overNetwork("nats"),
	"relay": overNetwork("relay"),
}

var background = context.Background()

// sink keeps the value that a receiver read.
var sink any

func asData(event *entangle.MessageEvent) { sink = event.Data() }

func as[T any](event *entangle.MessageEvent) {
	var value T
	must(event.Decode(&value))
}

func postBuffer() func(*entangle.MessagePort) error {
	buffer := clone.NewArrayBuffer(make([]byte, 1<<20))
	return func(p *entangle.MessagePort) error { return p.PostMessage(buffer) }
}

// pulled is a goroutine that posts and another one that receives, per messages at a time.
func pulled(per int, post func(*entangle.MessagePort) error, read func(*entangle.MessageEvent)) workload {
	return func(d time.Duration) result {
		channel := entangle.NewMessageChannel()
		defer channel.Port1.Close()
		batch := make(chan struct{})
		go func() {
			got := 0
			for event, err := range channel.Port2.Messages(background) {
				must(err)
				read(event)
				if got++; got%per == 0 {
					batch <- struct{}{}
				}
			}
		}()
		return timed(d, per, func() {
			for range per {
				must(post(channel.Port1))
			}
			<-batch
		})
	}
}

func pulledBufferTransfer(d time.Duration) result {
	const per = 16
	channel := entangle.NewMessageChannel()
	defer channel.Port1.Close()
	var pool []*clone.ArrayBuffer
	for range per {
		pool = append(pool, clone.NewArrayBuffer(make([]byte, 1<<20)))
	}
	batch := make(chan []*clone.ArrayBuffer)
	go func() {
		var got []*clone.ArrayBuffer
		for event, err := range channel.Port2.Messages(background) {
			must(err)
			if got = append(got, event.Data().(*clone.ArrayBuffer)); len(got) == per {
				batch <- got
				got = nil
			}
		}
	}()
	return timed(d, per, func() {
		for _, buffer := range pool {
			must(channel.Port1.PostMessage(buffer, buffer))
		}
		pool = <-batch
	})
}

func pulledPingPong(d time.Duration) result {
	channel := entangle.NewMessageChannel()
	defer channel.Port1.Close()
	go func() {
		for event, err := range channel.Port2.Messages(background) {
			must(err)
			must(channel.Port2.PostMessage(event.Data()))
		}
	}()
	var times latencies
	before := time.Now()
	return times.into(timed(d, 1, func() {
		must(channel.Port1.PostMessage(text))
		event, err := channel.Port1.Receive(background)
		must(err)
		sink = event.Data()
		now := time.Now()
		times.add(now.Sub(before))
		before = now
	}))
}

func pulledPortTransfers(per int) workload {
	return func(d time.Duration) result {
		carrier := entangle.NewMessageChannel()
		defer carrier.Port1.Close()
		go func() {
			for event, err := range carrier.Port2.Messages(background) {
				must(err)
				var c command
				must(event.Decode(&c))
				message, err := c.Port.Receive(background)
				must(err)
				message.Data()
				c.Port.Close()
				must(carrier.Port2.PostMessage("used"))
			}
		}()
		open := make([]*entangle.MessagePort, per)
		return timed(d, per, func() {
			for i := range open {
				channel := entangle.NewMessageChannel()
				open[i] = channel.Port1
				must(carrier.Port1.PostMessage(command{"use", channel.Port2}, channel.Port2))
				must(channel.Port1.PostMessage(text))
			}
			for range open {
				_, err := carrier.Port1.Receive(background)
				must(err)
			}
			for _, port := range open {
				port.Close()
			}
		})
	}
}

const (
	receivers    = 100 // of a broadcast
	perBroadcast = 20
)

func pulledBroadcast(d time.Duration) result {
	global := entangle.NewUserAgent().NewGlobal(entangle.GlobalOptions{})
	defer global.Close()
	sender := entangle.NewBroadcastChannel(global, "bench")
	batch := make(chan struct{}, receivers)
	for range receivers {
		receiver := entangle.NewBroadcastChannel(global, "bench")
		go func() {
			got := 0
			for event, err := range receiver.Messages(background) {
				must(err)
				event.Data()
				if got++; got%perBroadcast == 0 {
					batch <- struct{}{}
				}
			}
		}()
	}
	return timed(d, perBroadcast*receivers, func() {
		for range perBroadcast {
			must(sender.PostMessage(text))
		}
		for range receivers {
			<-batch
		}
	})
}

// idleChannels measures the memory of an unused channel.
func idleChannels(time.Duration) result {
	return memory(func() any { return entangle.NewMessageChannel() })
}

// memory measures the memory of one result of make, and the cost of making it.
func memory(newThing func() any) result {
	const count = 100_000
	keep := make([]any, count)
	for i := range keep {
		keep[i] = text // now the pages are there
	}
	clear(keep)
	debug.FreeOSMemory()
	heap, resident, used := heapBytes(), residentBytes(), cpuTime()
	for i := range keep {
		keep[i] = newThing()
	}
	r := result{CPU: micros(cpuTime()-used) / count}
	debug.FreeOSMemory()
	r.Heap, r.RSS = (heapBytes()-heap)/count, (residentBytes()-resident)/count
	runtime.KeepAlive(keep)
	return r
}

func heapBytes() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

// pulledChannelUse makes channels, uses them once and drops them. The measurement includes the cost
// of collecting them.
func pulledChannelUse(d time.Duration) result {
	return timed(d, 1000, func() {
		for range 1000 {
			channel := entangle.NewMessageChannel()
			must(channel.Port1.PostMessage(text))
			event, err := channel.Port2.Receive(background)
			must(err)
			sink = event.Data()
		}
	})
}

func structuredClone(d time.Duration) result {
	return timed(d, 1000, func() {
		for range 1000 {
			v, err := clone.StructuredClone(objectMap)
			must(err)
			sink = v
		}
	})
}
