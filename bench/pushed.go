package main

import (
	"context"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

// page is an event loop on a goroutine of its own, with a global, as a script has them.
type page struct {
	agent  *entangle.Agent
	global *entangle.Global
	stop   context.CancelFunc
	done   chan struct{}
}

func newPage() *page {
	ua := entangle.NewUserAgent()
	agent := ua.NewAgent()
	ctx, stop := context.WithCancel(background)
	p := &page{agent, ua.NewGlobal(entangle.GlobalOptions{Agent: agent}), stop, make(chan struct{})}
	go func() {
		p.agent.Run(ctx)
		close(p.done)
	}()
	return p
}

func (p *page) close() {
	p.stop()
	<-p.done
}

// do runs steps on the loop and waits until something says done.
func (p *page) do(done chan struct{}, steps func()) {
	p.agent.Loop().QueueTask(eventloop.DOMManipulation, nil, steps)
	<-done
}

// pushed is one event loop that sends messages to itself, per at a time.
func pushed(per int, post func(*entangle.MessagePort) error, read func(*entangle.MessageEvent)) workload {
	return func(d time.Duration) result {
		p := newPage()
		defer p.close()
		channel := p.global.NewMessageChannel()
		got, batch := 0, make(chan struct{})
		must(channel.Port2.OnMessage(func(event *entangle.MessageEvent) {
			read(event)
			if got++; got%per == 0 {
				batch <- struct{}{}
			}
		}))
		return timed(d, per, func() {
			p.do(batch, func() {
				for range per {
					must(post(channel.Port1))
				}
			})
		})
	}
}

func pushedBufferTransfer(d time.Duration) result {
	const per = 16
	p := newPage()
	defer p.close()
	channel := p.global.NewMessageChannel()
	var pool []*clone.ArrayBuffer
	for range per {
		pool = append(pool, clone.NewArrayBuffer(make([]byte, 1<<20)))
	}
	batch := make(chan struct{})
	must(channel.Port2.OnMessage(func(event *entangle.MessageEvent) {
		if pool = append(pool, event.Data().(*clone.ArrayBuffer)); len(pool) == per {
			batch <- struct{}{}
		}
	}))
	return timed(d, per, func() {
		p.do(batch, func() {
			buffers := pool
			pool = nil
			for _, buffer := range buffers {
				must(channel.Port1.PostMessage(buffer, buffer))
			}
		})
	})
}

func pushedPingPong(d time.Duration) result {
	near, far := newPage(), newPage()
	defer near.close()
	defer far.close()
	channel := entangle.NewMessageChannel()
	port1, err := near.global.Adopt(channel.Port1)
	must(err)
	port2, err := far.global.Adopt(channel.Port2)
	must(err)
	must(port2.OnMessage(func(event *entangle.MessageEvent) { must(port2.PostMessage(event.Data())) }))

	const per = 100
	var times latencies
	left, batch := 0, make(chan struct{})
	var before time.Time
	must(port1.OnMessage(func(event *entangle.MessageEvent) {
		sink = event.Data()
		now := time.Now()
		times.add(now.Sub(before))
		before = now
		if left--; left == 0 {
			batch <- struct{}{}
			return
		}
		must(port1.PostMessage(text))
	}))
	return times.into(timed(d, per, func() {
		near.do(batch, func() {
			left, before = per, time.Now()
			must(port1.PostMessage(text))
		})
	}))
}

func pushedPortTransfers(per int) workload {
	return func(d time.Duration) result {
		near, far := newPage(), newPage()
		defer near.close()
		defer far.close()
		carrier := entangle.NewMessageChannel()
		port1, err := near.global.Adopt(carrier.Port1)
		must(err)
		port2, err := far.global.Adopt(carrier.Port2)
		must(err)
		must(port2.OnMessage(func(event *entangle.MessageEvent) {
			var c command
			must(event.Decode(&c))
			must(c.Port.OnMessage(func(event *entangle.MessageEvent) {
				event.Data()
				c.Port.Close()
				must(port2.PostMessage("used"))
			}))
		}))
		const perBatch = 100
		open := make([]*entangle.MessagePort, per)
		send := func() {
			for i := range open {
				channel := near.global.NewMessageChannel()
				open[i] = channel.Port1
				must(port1.PostMessage(command{"use", channel.Port2}, channel.Port2))
				must(channel.Port1.PostMessage(text))
			}
		}
		got, batch := 0, make(chan struct{})
		must(port1.OnMessage(func(*entangle.MessageEvent) {
			if got++; got%per != 0 {
				return
			}
			for _, port := range open {
				port.Close()
			}
			if got%perBatch == 0 {
				batch <- struct{}{}
			} else {
				send()
			}
		}))
		return timed(d, perBatch, func() { near.do(batch, send) })
	}
}

func pushedBroadcast(d time.Duration) result {
	p := newPage()
	defer p.close()
	sender := entangle.NewBroadcastChannel(p.global, "bench")
	got, batch := 0, make(chan struct{})
	for range receivers {
		must(entangle.NewBroadcastChannel(p.global, "bench").OnMessage(func(event *entangle.MessageEvent) {
			sink = event.Data()
			if got++; got%(perBroadcast*receivers) == 0 {
				batch <- struct{}{}
			}
		}))
	}
	return timed(d, perBroadcast*receivers, func() {
		p.do(batch, func() {
			for range perBroadcast {
				must(sender.PostMessage(text))
			}
		})
	})
}

// listeningChannels measures the memory of a channel with one listening port.
func listeningChannels(time.Duration) result {
	p := newPage()
	defer p.close()
	listener := func(event *entangle.MessageEvent) { sink = event.Data() }
	return memory(func() any {
		channel := p.global.NewMessageChannel()
		must(channel.Port2.OnMessage(listener))
		return channel
	})
}

func pushedChannelUse(d time.Duration) result {
	const per = 1000
	p := newPage()
	defer p.close()
	got, batch := 0, make(chan struct{})
	return timed(d, per, func() {
		p.do(batch, func() {
			for range per {
				channel := p.global.NewMessageChannel()
				must(channel.Port2.OnMessage(func(event *entangle.MessageEvent) {
					sink = event.Data()
					if got++; got%per == 0 {
						batch <- struct{}{}
					}
				}))
				must(channel.Port1.PostMessage(text))
			}
		})
	})
}
