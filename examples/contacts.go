package main

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/lxzan/gws"
)

// Limits of the contacts service.
const (
	maxContact  = 1 << 10 // bytes of a contact
	maxContacts = 1000
)

// contacts is the service behind the contacts provider: an address book that can be added to by
// requests, or by the messages of a WebSocket.
type contacts struct {
	sockets  atomic.Int64 // WebSockets ever opened
	requests atomic.Int64 // requests ever made

	mu   sync.Mutex
	book []string // guarded by mu
}

// add adds a contact and reports whether there was room.
func (c *contacts) add(contact string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.book) >= maxContacts || len(contact) > maxContact {
		return false
	}
	c.book = append(c.book, contact)
	return true
}

// list returns the contacts.
func (c *contacts) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.book...)
}

// post adds the contact that is the request's body, and echoes it.
func (c *contacts) post(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		http.Error(w, "requests of this origin's pages only", http.StatusForbidden)
		return
	}
	c.requests.Add(1)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxContact))
	if err != nil {
		http.Error(w, "a contact has at most 1024 bytes", http.StatusRequestEntityTooLarge)
		return
	}
	if !c.add(string(body)) {
		http.Error(w, "the address book is full", http.StatusInsufficientStorage)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(body)
}

// socket adds a contact for each message, and echoes it.
func (c *contacts) socket(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		http.Error(w, "sockets of this origin's pages only", http.StatusForbidden)
		return
	}
	upgrader := gws.NewUpgrader(&session{contacts: c}, &gws.ServerOption{ReadMaxPayloadSize: maxContact})
	conn, err := upgrader.Upgrade(w, r)
	if err != nil {
		return // the upgrader has answered
	}
	c.sockets.Add(1)
	go conn.ReadLoop()
}

// sameOrigin reports whether a request comes from a page of this server.
func sameOrigin(r *http.Request) bool {
	return r.Header.Get("Origin") == "http://"+r.Host
}

// session is one WebSocket.
type session struct {
	gws.BuiltinEventHandler
	contacts *contacts
}

// OnMessage implements gws.Event.
func (s *session) OnMessage(conn *gws.Conn, message *gws.Message) {
	defer message.Close()
	contact := message.Data.String()
	if !s.contacts.add(contact) {
		conn.WriteClose(1008, []byte("the address book is full"))
		return
	}
	_ = conn.WriteString(contact) // an error closes the socket
}
