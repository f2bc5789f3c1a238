package main

import (
	"encoding/binary"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/lxzan/gws"
)

// gwsRelay is a minimal server: it passes each message of a WebSocket to all others as it is. A
// channel that is handed over is a number in front of the messages, which only the clients know.
var gwsRelay = system{
	serve: func() string { return "ws://" + listen(&room{}) },
	roles: map[string]func(string, func()){
		"echo": func(address string, _ func()) {
			dialRelay(address, func(c *gws.Conn, message []byte) { sendTo(c, message) })
		},
		"count": func(address string, got func()) {
			dialRelay(address, func(_ *gws.Conn, message []byte) {
				sink = string(message)
				got()
			})
		},
		"answer": func(address string, _ func()) {
			dialRelay(address, func(c *gws.Conn, message []byte) {
				sendTo(c, append(message[:4:4], text...))
			})
		},
	},
	session: func(address string) func(func()) {
		var each atomic.Pointer[func()]
		dialRelay(address, func(*gws.Conn, []byte) { (*each.Load())() })
		return func(got func()) { each.Store(&got) }
	},
	ask: func(address string) func() {
		answers := make(chan string, 1)
		c := dialRelay(address, func(_ *gws.Conn, message []byte) { answers <- string(message) })
		return func() {
			sendTo(c, []byte(text))
			sink = <-answers
		}
	},
	post:      sendAll,
	broadcast: sendAll,
	handOver: func(address string) func(int) {
		var channels sync.Map
		c := dialRelay(address, func(_ *gws.Conn, message []byte) {
			answers, _ := channels.LoadAndDelete(binary.BigEndian.Uint32(message))
			answers.(chan string) <- string(message[4:])
		})
		last := uint32(0)
		return func(n int) {
			var open []chan string
			for range n {
				last++
				answers := make(chan string, 1)
				channels.Store(last, answers)
				sendTo(c, append(binary.BigEndian.AppendUint32(nil, last), text...))
				open = append(open, answers)
			}
			for _, answers := range open {
				sink = <-answers
			}
		}
	},
}

// room is the relay.
type room struct {
	gws.BuiltinEventHandler
	mu      sync.RWMutex // guards members
	members []*gws.Conn
}

func (r *room) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	c, err := gws.NewUpgrader(r, nil).Upgrade(w, request)
	if err != nil {
		return
	}
	go func() { // without the memory of the request
		r.mu.Lock()
		r.members = append(r.members, c)
		r.mu.Unlock()
		must(c.WriteMessage(gws.OpcodeBinary, nil))
		c.ReadLoop()
	}()
}

// OnMessage passes a message on. Who has left is found out by the others' ends.
func (r *room) OnMessage(from *gws.Conn, message *gws.Message) {
	defer message.Close()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.members) == 2 {
		for _, c := range r.members {
			if c != from {
				c.WriteMessage(gws.OpcodeBinary, message.Bytes())
			}
		}
		return
	}
	b := gws.NewBroadcaster(gws.OpcodeBinary, message.Bytes())
	defer b.Close()
	for _, c := range r.members {
		if c != from {
			b.Broadcast(c)
		}
	}
}

// member is a client of the relay.
type member struct {
	gws.BuiltinEventHandler
	joined chan struct{} // nil from when the relay has said so
	each   func(*gws.Conn, []byte)
}

func (m *member) OnMessage(c *gws.Conn, message *gws.Message) {
	defer message.Close()
	if m.joined != nil {
		close(m.joined)
		m.joined = nil
		return
	}
	m.each(c, message.Bytes())
}

// dialRelay makes a client, which stays until the process ends.
func dialRelay(address string, each func(*gws.Conn, []byte)) *gws.Conn {
	joined := make(chan struct{})
	c, _, err := gws.NewClient(&member{joined: joined, each: each}, &gws.ClientOption{Addr: address})
	must(err)
	go c.ReadLoop()
	<-joined
	return c
}

func sendTo(c *gws.Conn, message []byte) { must(c.WriteMessage(gws.OpcodeBinary, message)) }

func sendAll(address string) func(string) {
	c := dialRelay(address, func(*gws.Conn, []byte) {})
	return func(message string) { sendTo(c, []byte(message)) }
}
