package demo

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// provider is a running contacts service and the connections that come to it.
type provider struct {
	t           *testing.T
	ctx         context.Context
	connections chan *remote.Connection
}

func startProvider(t *testing.T) *provider {
	ctx, cancel := context.WithCancel(t.Context())
	p := &provider{t: t, ctx: ctx, connections: make(chan *remote.Connection)}
	var connections iter.Seq2[*remote.Connection, error] = func(yield func(*remote.Connection, error) bool) {
		for {
			select {
			case c := <-p.connections:
				if !yield(c, nil) {
					return
				}
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
	}
	ended := make(chan error)
	go func() { ended <- NewContacts(testSite.Contacts, testSite.Social).Serve(ctx, connections) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve returned %v", err)
		}
	})
	return p
}

// connect is what a page of the origin has after connectTo.
func (p *provider) connect(origin string) *entangle.MessagePort {
	channel := entangle.NewMessageChannel()
	p.connections <- &remote.Connection{Port: channel.Port1, Origin: origin, User: "dev"}
	return channel.Port2
}

// answer is any message of the service.
type answer struct {
	Type     string    `json:"type"`
	ID       int       `json:"id"`
	Reason   string    `json:"reason"`
	State    string    `json:"state"`
	Refusals int       `json:"refusals"`
	Name     string    `json:"name"`
	Contacts []contact `json:"contacts"`
	Grants   []grant   `json:"grants"`
}

func (p *provider) post(port *entangle.MessagePort, message any) {
	p.t.Helper()
	if err := port.PostMessage(message); err != nil {
		p.t.Fatal(err)
	}
}

// next takes the next message, which must be of the given type.
func (p *provider) next(port *entangle.MessagePort, want string) (answer, []*entangle.MessagePort) {
	p.t.Helper()
	event, err := port.Receive(p.ctx)
	if err != nil {
		p.t.Fatalf("waiting for %q: %v", want, err)
	}
	var a answer
	if err := event.Decode(&a); err != nil {
		p.t.Fatal(err)
	}
	if a.Type != want {
		p.t.Fatalf("got %+v, want %q", a, want)
	}
	return a, event.Ports
}

// granted asks for a capability as the social site does.
func (p *provider) granted(social *entangle.MessagePort) (id int, port *entangle.MessagePort) {
	p.t.Helper()
	p.post(social, reply{"type": "grant"})
	a, ports := p.next(social, "granted")
	if len(ports) != 1 {
		p.t.Fatalf("granted with %d ports", len(ports))
	}
	return a.ID, ports[0]
}

var tell = reply{"type": "add", "name": "Guillaume Tell", "email": "tell@pomme.example.net"}

func TestOneGrantIsOneContact(t *testing.T) {
	p := startProvider(t)
	page, social := p.connect(testSite.Contacts), p.connect(testSite.Social)
	p.post(page, reply{"type": "watch"})
	if book, _ := p.next(page, "book"); len(book.Contacts) != 0 || len(book.Grants) != 0 {
		t.Errorf("the book begins as %+v", book)
	}
	id, port := p.granted(social)
	p.next(page, "book")

	p.post(port, tell)
	if a, _ := p.next(port, "added"); a.Name != "Guillaume Tell" {
		t.Errorf("added %+v", a)
	}
	if a, _ := p.next(social, "grant"); a.ID != id || a.State != "used" {
		t.Errorf("the grantor is told %+v", a)
	}
	if book, _ := p.next(page, "book"); len(book.Contacts) != 1 || book.Contacts[0].Email != "tell@pomme.example.net" ||
		book.Grants[0].State != "used" {
		t.Errorf("the book is %+v", book)
	}

	p.post(port, tell)
	if a, _ := p.next(port, "refused"); !strings.Contains(a.Reason, "one contact") {
		t.Errorf("the second add is refused with %q", a.Reason)
	}
	if a, _ := p.next(social, "grant"); a.State != "used" || a.Refusals != 1 {
		t.Errorf("the grantor is told %+v", a)
	}
	if book, _ := p.next(page, "book"); len(book.Contacts) != 1 || book.Grants[0].Refusals != 1 {
		t.Errorf("after a refusal the book is %+v", book)
	}
}

func TestTheCapabilityIsForAddingAlone(t *testing.T) {
	p := startProvider(t)
	social := p.connect(testSite.Social)
	_, port := p.granted(social)
	for _, test := range []struct {
		what    string
		message any
		reason  string
	}{
		{"another request", reply{"type": "clear"}, "nothing else"},
		{"no name", reply{"type": "add", "email": "a@b.example"}, "a name and an address"},
		{"no address", reply{"type": "add", "name": "A"}, "a name and an address"},
		{"two lines", reply{"type": "add", "name": "A\nB", "email": "a@b.example"}, "a name and an address"},
		{"too long", reply{"type": "add", "name": strings.Repeat("A", maxText+1), "email": "a@b.example"}, "a name and an address"},
		{"no object", "add", ""},
		{"a name that is no string", reply{"type": "add", "name": 1.0, "email": "a@b.example"}, ""},
	} {
		p.post(port, test.message)
		if a, _ := p.next(port, "refused"); !strings.Contains(a.Reason, test.reason) {
			t.Errorf("%s: refused with %q", test.what, a.Reason)
		}
	}
	p.post(port, tell) // none of those used it up
	p.next(port, "added")
}

func TestAPortThatIsOnlyRefusedIsClosed(t *testing.T) {
	p := startProvider(t)
	_, port := p.granted(p.connect(testSite.Social))
	for range maxRefusals {
		p.post(port, "no")
	}
	for range maxRefusals {
		p.next(port, "refused")
	}
	p.next(port, "closed")
	if _, err := port.Receive(t.Context()); !errors.Is(err, entangle.ErrClosed) {
		t.Errorf("after %d refusals: %v", maxRefusals, err)
	}
}

func TestRevoke(t *testing.T) {
	for _, by := range []string{testSite.Social, testSite.Contacts} {
		t.Run(by, func(t *testing.T) {
			p := startProvider(t)
			page, social := p.connect(testSite.Contacts), p.connect(testSite.Social)
			id, port := p.granted(social)
			p.post(map[string]*entangle.MessagePort{testSite.Social: social, testSite.Contacts: page}[by], reply{"type": "revoke", "id": id})
			p.next(port, "revoked")
			if _, err := port.Receive(t.Context()); !errors.Is(err, entangle.ErrClosed) {
				t.Errorf("a revoked port: %v", err)
			}
			if a, _ := p.next(social, "grant"); a.State != "revoked" {
				t.Errorf("the grantor is told %+v", a)
			}
			p.post(port, tell)
			p.post(page, reply{"type": "watch"})
			if book, _ := p.next(page, "book"); len(book.Contacts) != 0 || book.Grants[0].State != "revoked" {
				t.Errorf("the book is %+v", book)
			}
		})
	}
}

func TestWhoMayAskForWhat(t *testing.T) {
	p := startProvider(t)
	for _, test := range []struct{ origin, request string }{
		{testSite.Game, "grant"},
		{testSite.Game, "watch"},
		{testSite.Game, "revoke"},
		{testSite.Social, "watch"},
		{testSite.Social, "clear"},
		{testSite.Social, "add"},
		{testSite.Contacts, "grant"},
		{"", "grant"},
	} {
		port := p.connect(test.origin)
		p.post(port, reply{"type": test.request})
		if a, _ := p.next(port, "error"); !strings.Contains(a.Reason, "may not ask for that") {
			t.Errorf("%s asks to %s: %q", test.origin, test.request, a.Reason)
		}
	}
}

func TestGrantsAreLimited(t *testing.T) {
	p := startProvider(t)
	social := p.connect(testSite.Social)
	var ids []int
	var ports []*entangle.MessagePort
	for range maxGrants {
		id, port := p.granted(social)
		ids, ports = append(ids, id), append(ports, port)
	}
	p.post(social, reply{"type": "grant"})
	p.next(social, "error")
	p.post(social, reply{"type": "revoke", "id": ids[0]})
	p.next(social, "grant")
	p.granted(social)
	runtime.KeepAlive(ports) // a port that nobody holds is closed
}

func TestClear(t *testing.T) {
	p := startProvider(t)
	page := p.connect(testSite.Contacts)
	_, port := p.granted(p.connect(testSite.Social))
	p.post(port, tell)
	p.next(port, "added")
	p.post(page, reply{"type": "clear"})
	p.post(page, reply{"type": "watch"})
	if book, _ := p.next(page, "book"); len(book.Contacts) != 0 {
		t.Errorf("after clear the book is %+v", book)
	}
}
