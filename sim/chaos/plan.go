package main

import (
	"fmt"
	"math/rand/v2"
)

// plan says what one client has to do. Crews in Node and in pages get theirs as JSON.
type plan struct {
	Name     string   `json:"name"`
	Carriers []string `json:"carriers"` // whom to connect to
	Channel  int      `json:"channel"`  // which channel to make
	To       string   `json:"to"`       // the first owner of its other end
}

// carriersEach is how many carriers a client makes. Each is used in both directions.
const carriersEach = 3

// plans makes those of n clients. Everybody can be reached from everybody, over some carriers.
func plans(n int) []plan {
	all := make([]plan, n)
	name := func(i int) string { return fmt.Sprintf("client %d", i%n) }
	for i := range all {
		p := plan{Name: name(i), Channel: i, To: name(i + 1 + rand.IntN(n-1))}
		p.Carriers = append(p.Carriers, name(i+1))
		for len(p.Carriers) < carriersEach {
			p.Carriers = append(p.Carriers, name(i+1+rand.IntN(n-1)))
		}
		all[i] = p
	}
	return all
}

// share divides plans among crews.
func share(all []plan, crews int) [][]plan {
	shares := make([][]plan, crews)
	for i, p := range all {
		shares[i%crews] = append(shares[i%crews], p)
	}
	return shares
}

// note is every message that is posted. Node and pages write the same.
type note struct {
	Kind    string   `json:"kind"`
	N       int      `json:"n"`       // the number of the message on its port, in its direction, from 1
	From    string   `json:"from"`    // kindCarrier
	Channel int      `json:"channel"` // kindChannel, kindEnd, kindData
	Side    int      `json:"side"`    // of the end: 0 or 1. kindEnd; of who posts: kindData
	Next    int      `json:"next"`    // the number to post next. kindEnd
	Expect  int      `json:"expect"`  // the number that must come next. kindEnd
	Taken   int      `json:"taken"`   // the number that the other side expects, as far as is known. kindEnd, kindData
	At      float64  `json:"at"`      // when it was posted, in ms since 1970. kindEnd
	Trace   []string `json:"trace"`   // who had the end, the last ones. kindEnd
	Pad     string   `json:"pad"`     // padding(N). kindData
}

const (
	kindCarrier = "carrier" // the first message of a carrier
	kindChannel = "channel" // the first message of a channel that was made by connecting
	kindEnd     = "end"     // over a carrier: an end, whose port comes with it
	kindData    = "data"    // over a channel
)

// unanswered is the maximal number of messages that an end posts without a report of the other
// side, so that no client is flooded on a slow machine.
const unanswered = 64

// padding makes messages of different sizes, and some large ones.
func padding(n int) int {
	if n%97 == 0 {
		return 20_000
	}
	return n * 7919 % 256
}
