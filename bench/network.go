package main

import (
	"strings"
	"time"
)

// system is a server with its Go client: Entangle's hub, and what it is measured beside.
type system struct {
	// serve starts the server on loopback and returns its address.
	serve func() (address string)

	// roles are what the receiving process does, by name. A role returns when it can receive.
	//
	//   echo       sends back what it gets
	//   count      calls got for each message
	//   answer     sends a first message back on each channel that it is given
	//   subscribe  is a thousand clients, and calls got for each message that one of them gets
	roles map[string]func(address string, got func())

	// These connect to where echo, count, answer and subscribe are, and return how to do it once.
	ask       func(address string) (roundTrip func())
	post      func(address string) (post func(string))
	handOver  func(address string) (handOver func(n int)) // n channels at a time
	broadcast func(address string) (broadcast func(string))

	// open opens n sessions that stay.
	open func(address string, n int)

	// hold makes two clients that hold n ports each, entangled with those of the other one. nil:
	// the server knows no such thing.
	hold func(address string, n int)
}

// systems are the participants over the network.
var systems = map[string]*system{"hub": &entangleHub, "nats": &natsServer, "relay": &gwsRelay}

const subscribers = 1000 // of a broadcast over the network

// overNetwork returns the workloads of a system.
func overNetwork(name string) map[string]workload {
	s := systems[name]
	all := map[string]workload{
		"round-trip":    s.roundTrips(name),
		"one-way-64":    s.oneWay(name, 64),
		"one-way-1k":    s.oneWay(name, 1024),
		"hand-over":     s.handOvers(name, 1),
		"hand-over-100": s.handOvers(name, 100),
		"broadcast":     s.broadcasts(name),
		"idle-sessions": idle(name, 1000, s.open),
	}
	if s.hold != nil {
		all["idle-ports"] = idle(name, 8000, s.hold)
	}
	return all
}

func (s *system) roundTrips(name string) workload {
	return func(d time.Duration) result {
		c := newCrew(name, "echo", 1)
		defer c.end()
		roundTrip := s.ask(c.address)
		var times latencies
		return times.into(c.timed(d, 1, func() { times.time(roundTrip) }))
	}
}

func (s *system) oneWay(name string, size int) workload {
	return func(d time.Duration) result {
		const per = 1000
		c := newCrew(name, "count", per)
		defer c.end()
		post, message := s.post(c.address), strings.Repeat("x", size)
		batch := func() {
			for range per {
				post(message)
			}
		}
		batch() // so that another one is on its way while one is waited for
		defer c.remote.line()
		return c.timed(d, per, func() {
			batch()
			c.remote.line()
		})
	}
}

func (s *system) handOvers(name string, atATime int) workload {
	return func(d time.Duration) result {
		c := newCrew(name, "answer", 1)
		defer c.end()
		handOver := s.handOver(c.address)
		var times latencies
		return times.into(c.timed(d, atATime, func() {
			times.time(func() { handOver(atATime) })
		}))
	}
}

// broadcasts sends bursts, and then one message at a time, to the same subscribers.
func (s *system) broadcasts(name string) workload {
	return func(d time.Duration) result {
		const burst = 100
		c := newCrew(name, "subscribe", subscribers)
		defer c.end()
		broadcast, message := s.broadcast(c.address), strings.Repeat("x", 64)
		measure := func(messages int) result {
			var times latencies
			return times.into(c.timed(d, messages*subscribers, func() {
				times.time(func() {
					for range messages {
						broadcast(message)
					}
					for range messages {
						c.remote.line()
					}
				})
			}))
		}
		all, single := measure(burst), measure(1)
		all.Single = &single
		return all
	}
}

// idle tells what the server holds for each of n things that nobody uses. Others of their kind
// exist already, so what it allocates once is not counted.
func idle(name string, n int, open func(address string, n int)) workload {
	return func(time.Duration) result {
		c := newCrew(name, "", 1)
		defer c.end()
		open(c.address, n/10)
		resident, before := c.server.resident(), c.used()
		open(c.address, n)
		var r result
		c.account(&r, before, n)
		r.RSS = (c.server.resident() - resident) / float64(n)
		return r
	}
}
