package main

import (
	"strings"
	"time"
)

// system is a server with its Go client: Entangle's hub, or one of its peers.
type system struct {
	// serve starts the server on loopback and returns its address.
	serve func() (address string)

	// roles are the receiving process's functions, by name. A role returns when it can receive.
	//
	//   echo    sends back what it gets
	//   count   calls got for each message
	//   answer  sends a first message back on each channel that it is given
	roles map[string]func(address string, got func())

	// session opens a session that stays, and returns how to subscribe it to broadcasts: got is
	// called for each.
	session func(address string) (subscribe func(got func()))

	// These connect to where echo, count, answer and the subscribers are, and return how to do it
	// once.
	ask       func(address string) (roundTrip func())
	post      func(address string) (post func(string))
	handOver  func(address string) (handOver func(n int)) // n channels at a time
	broadcast func(address string) (broadcast func(string))

	// hold makes two clients that hold n ports each, entangled with those of the other one. nil:
	// the server knows no such thing.
	hold func(address string, n int)
}

// systems are the participants over the network.
var systems = map[string]*system{"hub": &entangleHub, "nats": &natsServer, "relay": &gwsRelay}

const subscribers = 1000 // of a broadcast over the network

// overNetwork returns the workloads of a system. Each has several parts, for which the processes
// are started once.
func overNetwork(name string) map[string]workload {
	s := systems[name]
	all := map[string]workload{
		"round-trip": func(d time.Duration) result { return s.roundTrips(name, d) },
		"one-way":    func(d time.Duration) result { return s.oneWay(name, d) },
		"hand-over":  func(d time.Duration) result { return s.handOvers(name, d) },
		"sessions":   func(d time.Duration) result { return s.sessions(name, d) },
	}
	if s.hold != nil {
		all["ports"] = func(time.Duration) result { return s.ports(name) }
	}
	return all
}

// parts are the results of a workload's parts, by name.
type parts map[string]result

func (s *system) roundTrips(name string, d time.Duration) result {
	c := newCrew(name, "echo", 1)
	defer c.end()
	roundTrip := s.ask(c.address)
	return result{Parts: parts{"round-trip": c.timedEach(d, 1, roundTrip)}}
}

func (s *system) oneWay(name string, d time.Duration) result {
	const per = 1000
	c := newCrew(name, "count", per)
	defer c.end()
	post := s.post(c.address)
	measure := func(size int) result {
		message := strings.Repeat("x", size)
		batch := func() {
			for range per {
				post(message)
			}
		}
		batch() // so that another one is on its way while one is waited for
		defer c.receiver.line()
		return c.timed(d, per, func() {
			batch()
			c.receiver.line()
		})
	}
	return result{Parts: parts{"one-way-64": measure(64), "one-way-1k": measure(1024)}}
}

func (s *system) handOvers(name string, d time.Duration) result {
	c := newCrew(name, "answer", 1)
	defer c.end()
	handOver := s.handOver(c.address)
	measure := func(n int) result { return c.timedEach(d, n, func() { handOver(n) }) }
	return result{Parts: parts{"hand-over": measure(1), "hand-over-100": measure(100)}}
}

// sessions measures the cost of idle sessions; then it subscribes them to broadcasts.
func (s *system) sessions(name string, d time.Duration) result {
	c := newCrew(name, crowd, subscribers)
	defer c.end()
	opened := c.idle(subscribers-firstSubscribers, c.receiver.goOn)
	c.receiver.goOn()
	broadcast, message := s.broadcast(c.address), strings.Repeat("x", 64)
	measure := func(messages int) result {
		return c.timedEach(d, messages*subscribers, func() {
			for range messages {
				broadcast(message)
			}
			for range messages {
				c.receiver.line()
			}
		})
	}
	const burst = 100
	return result{Parts: parts{"idle-session": opened, "broadcast-single": measure(1), "broadcast": measure(burst)}}
}

// crowd is the role of many clients, firstSubscribers of them at first. Further steps open the
// other ones, and subscribe all.
const (
	crowd            = "crowd"
	firstSubscribers = subscribers / 10
)

func (s *system) crowd(address string, got func()) (steps []func()) {
	var all []func(func())
	open := func(n int) {
		for range n {
			all = append(all, s.session(address))
		}
	}
	open(firstSubscribers)
	return []func(){
		func() { open(subscribers - firstSubscribers) },
		func() {
			for _, subscribe := range all {
				subscribe(got)
			}
		},
	}
}

// ports measures the cost of idle ports. There are some already, so one-time allocations of the
// server do not count.
func (s *system) ports(name string) result {
	const channels = 4000
	c := newCrew(name, "", 1)
	defer c.end()
	s.hold(c.address, channels/10)
	return result{Parts: parts{"idle-port": c.idle(2*channels, func() { s.hold(c.address, channels) })}}
}
