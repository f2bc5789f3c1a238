package demo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// Contacts is the contacts provider: it keeps an address book for each user and speaks over ports.
// Its own page may see everything. The social site may ask for the capability to add one contact,
// which is a port, and may give that port to anybody. The holder of the port can add one contact
// and nothing else.
type Contacts struct {
	own    string // the origin of its own page
	social string // the origin that may ask for capabilities

	mu    sync.Mutex
	books map[string]*book // by user; guarded by mu, and so is all that is in them
}

// Limits of one user's address book.
const (
	maxContacts = 200
	maxGrants   = 50  // that have not ended
	maxRefusals = 20  // on one port, then it is closed
	maxText     = 200 // bytes of a name or an address
)

type book struct {
	contacts               []contact
	grants                 []*grant
	lastContact, lastGrant int
	watchers               map[*entangle.MessagePort]bool // the pages that are told of each change
}

type contact struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// grant is a port that was given away, with its present state.
type grant struct {
	ID       int    `json:"id"`
	Origin   string `json:"origin"` // who asked for it
	State    string `json:"state"`  // unused, used, revoked, closed
	Refusals int    `json:"refusals"`

	port    *entangle.MessagePort // the end that was kept
	grantor *entangle.MessagePort // is told what becomes of it
}

// request is any message that comes in.
type request struct {
	Type  string `json:"type"`
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// reply is a message that goes out.
type reply map[string]any

// NewContacts makes a provider whose own page has the origin own, and which trusts the
// origin social.
func NewContacts(own, social string) *Contacts {
	return &Contacts{own: own, social: social, books: map[string]*book{}}
}

// Serve answers connections until ctx or connections ends, and returns when all of them are served.
// The hub, not the caller, states the caller's origin and user.
func (c *Contacts) Serve(ctx context.Context, connections iter.Seq2[*remote.Connection, error]) error {
	var all sync.WaitGroup
	defer all.Wait()
	for connection, err := range connections {
		if err != nil {
			return err
		}
		all.Go(func() { c.serve(ctx, &all, connection) })
	}
	return nil
}

// serve answers one connection until it ends.
func (c *Contacts) serve(ctx context.Context, all *sync.WaitGroup, connection *remote.Connection) {
	port := connection.Port
	defer port.Close()
	book := c.bookOf(connection.User)
	for event, err := range port.Messages(ctx) {
		if err != nil {
			break
		}
		var r request
		if err := event.Decode(&r); err != nil {
			port.PostMessage(reply{"type": "error", "reason": "not understood: " + err.Error()})
			continue
		}
		switch own, social := connection.Origin == c.own, connection.Origin == c.social; {
		case own && r.Type == "watch":
			c.watch(book, port)
		case own && r.Type == "clear":
			c.clear(book)
		case social && r.Type == "grant":
			c.grant(ctx, all, book, connection)
		case (own || social) && r.Type == "revoke":
			c.revoke(book, r.ID, connection)
		default:
			port.PostMessage(reply{"type": "error", "reason": connection.Origin + " may not ask for that"})
		}
	}
	c.forget(book, port)
}

// grant makes a pair of ports, keeps one, and sends the other back: the
// capability to add a single contact.
func (c *Contacts) grant(ctx context.Context, all *sync.WaitGroup, b *book, connection *remote.Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if live := slices.DeleteFunc(slices.Clone(b.grants), (*grant).ended); len(live) >= maxGrants {
		connection.Port.PostMessage(reply{"type": "error", "reason": fmt.Sprintf("%d ports are granted already", maxGrants)})
		return
	}
	channel := entangle.NewMessageChannel()
	b.lastGrant++
	g := &grant{ID: b.lastGrant, Origin: connection.Origin, State: "unused", port: channel.Port1, grantor: connection.Port}
	if err := connection.Port.PostMessage(reply{"type": "granted", "id": g.ID}, channel.Port2); err != nil {
		channel.Port1.Close()
		return
	}
	b.grants = append(b.grants, g)
	if excess := len(b.grants) - 2*maxGrants; excess > 0 {
		b.grants = slices.DeleteFunc(b.grants, (*grant).ended)
	}
	b.changed()
	all.Go(func() { c.honour(ctx, b, g) })
}

// honour serves a granted port: it takes one "add", and nothing else.
func (c *Contacts) honour(ctx context.Context, b *book, g *grant) {
	for event, err := range g.port.Messages(ctx) {
		if err != nil {
			break
		}
		var r request
		err := event.Decode(&r)
		c.mu.Lock()
		if err == nil {
			err = g.add(b, r)
		}
		if err != nil {
			g.Refusals++
			g.port.PostMessage(reply{"type": "refused", "reason": err.Error()})
		} else {
			g.port.PostMessage(reply{"type": "added", "name": r.Name})
		}
		g.tell(b)
		if g.Refusals >= maxRefusals {
			g.end(b, "closed")
		}
		c.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g.end(b, "closed")
}

// add performs the one request. The caller holds the lock.
func (g *grant) add(b *book, r request) error {
	switch {
	case r.Type != "add":
		return errors.New("this port can add a contact, nothing else")
	case g.State != "unused":
		return errors.New("this port was for one contact, and it was added")
	case !line(r.Name) || !line(r.Email) || !strings.Contains(r.Email, "@"):
		return errors.New("a contact has a name and an address")
	case len(b.contacts) >= maxContacts:
		return fmt.Errorf("the address book is full (%d contacts)", maxContacts)
	}
	b.lastContact++
	b.contacts = append(b.contacts, contact{ID: b.lastContact, Name: r.Name, Email: r.Email})
	g.State = "used"
	return nil
}

// line reports whether text may be part of a contact: one line, not too long.
func line(text string) bool {
	return text != "" && len(text) <= maxText && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' })
}

// revoke closes a granted port. Its own page may revoke any, a grantor
// those that it asked for.
func (c *Contacts) revoke(b *book, id int, by *remote.Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range b.grants {
		if g.ID == id && (by.Origin == c.own || by.Origin == g.Origin) {
			g.end(b, "revoked")
		}
	}
}

// end closes a granted port, once, and tells the grantor and the pages. The caller holds the lock.
func (g *grant) end(b *book, state string) {
	if g.ended() {
		return
	}
	g.State = state
	g.port.PostMessage(reply{"type": state})
	g.port.Close()
	g.tell(b)
}

func (g *grant) ended() bool { return g.State == "revoked" || g.State == "closed" }

// tell lets the grantor and the pages know what became of a grant. The
// caller holds the lock.
func (g *grant) tell(b *book) {
	g.grantor.PostMessage(reply{"type": "grant", "id": g.ID, "state": g.State, "refusals": g.Refusals})
	b.changed()
}

func (c *Contacts) bookOf(user string) *book {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.books[user] == nil {
		c.books[user] = &book{watchers: map[*entangle.MessagePort]bool{}}
	}
	return c.books[user]
}

func (c *Contacts) watch(b *book, port *entangle.MessagePort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.watchers[port] = true
	port.PostMessage(b.message())
}

func (c *Contacts) forget(b *book, port *entangle.MessagePort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(b.watchers, port)
}

func (c *Contacts) clear(b *book) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.contacts = nil
	b.changed()
}

// changed tells every page that shows the book. The caller holds the
// lock.
func (b *book) changed() {
	for port := range b.watchers {
		port.PostMessage(b.message())
	}
}

func (b *book) message() reply {
	contacts, grants := make([]contact, len(b.contacts)), make([]grant, len(b.grants))
	copy(contacts, b.contacts)
	for i, g := range b.grants {
		grants[i] = grant{ID: g.ID, Origin: g.Origin, State: g.State, Refusals: g.Refusals}
	}
	return reply{"type": "book", "contacts": contacts, "grants": grants}
}
