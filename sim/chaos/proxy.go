package main

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands in front of the hub and cuts connections.
type proxy struct {
	listener net.Listener
	hub      string
	work     sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	joints map[*joint]bool
	closed bool
}

// joint is a client's connection, and the one to the hub that belongs to it.
type joint struct {
	client, hub net.Conn
	half        atomic.Bool // only the client's side was cut: the proxy swallows the hub's data
}

func newProxy(hub string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, hub: hub, joints: map[*joint]bool{}}
	p.work.Go(p.serve)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.join(client) })
	}
}

// join passes data on in both directions, until one side ends.
func (p *proxy) join(client net.Conn) {
	hub, err := net.Dial("tcp", p.hub)
	if err != nil {
		client.Close() // the hub was killed
		return
	}
	j := &joint{client: client, hub: hub}
	defer j.end()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.joints[j] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.joints, j)
	}()
	p.work.Go(func() {
		io.Copy(hub, client)
		if !j.half.Load() {
			hub.(*net.TCPConn).CloseWrite()
		}
	})
	io.Copy(client, hub)
	if j.half.Load() {
		io.Copy(io.Discard, hub)
	}
}

func (j *joint) end() {
	j.client.Close()
	j.hub.Close()
}

// cut cuts a connection, if there is one. Some cuts throw away the data that the operating
// system still has to send; some leave the hub's side open for a while, so that it has two
// sessions of one client.
func (p *proxy) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for j := range p.joints { // in no order
		delete(p.joints, j)
		switch rand.IntN(3) {
		case 0:
			j.client.(*net.TCPConn).SetLinger(0)
			j.hub.(*net.TCPConn).SetLinger(0)
			j.end()
		case 1:
			j.end()
		default:
			j.half.Store(true)
			j.client.(*net.TCPConn).SetLinger(0)
			j.client.Close()
			time.AfterFunc(rand.N(time.Second), j.end)
		}
		return true
	}
	return false
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for j := range p.joints {
		j.end()
	}
	p.mu.Unlock()
	p.work.Wait()
}
