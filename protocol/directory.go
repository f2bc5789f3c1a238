package protocol

import "container/list"

// DirectoryEventKind tells what a session asks of the directory.
type DirectoryEventKind uint8

// The events of a [Directory].
const (
	DirectoryEnter DirectoryEventKind = iota + 1 // Identity
	DirectoryLeave
	DirectoryListen      // Listener, Name
	DirectoryUnlisten    // Listener
	DirectoryConnect     // Port, Name, Origin (the target's), State
	DirectoryCancel      // Port
	DirectorySubscribe   // Name
	DirectoryUnsubscribe // Name
	DirectoryBroadcast   // Name, Body
)

// DirectoryEvent is what a session asks of the directory.
type DirectoryEvent struct {
	Kind     DirectoryEventKind
	Session  SessionID
	Identity Identity
	Listener uint64
	Port     Handle // the caller's end
	State    PortState
	Name     string
	Origin   string
	Body     []byte
}

// DirectoryEffectKind tells what the directory answers.
type DirectoryEffectKind uint8

// The effects of a [Directory].
const (
	DirectoryConnection DirectoryEffectKind = iota + 1 // to the listener's Session: Listener, State, Origin, User
	DirectoryCanceled                                  // to the caller's Session: Port does not wait any more, State is given back
	DirectoryListening                                 // to Session: Listener is registered
	DirectorySubscribed                                // to Session: Name
	DirectoryDelivered                                 // Name and Body to each of Sessions but Session, which sent it
)

// DirectoryEffect is what the directory answers. Effects are carried out in their order.
type DirectoryEffect struct {
	Kind     DirectoryEffectKind
	Session  SessionID
	Sessions []SessionID // never written to
	Listener uint64
	Port     Handle
	State    PortState
	Origin   string
	User     string
	Name     string
	Body     []byte
}

// partition is within what connectTo(name) and broadcast channels reach.
type partition struct {
	origin, user string
	session      SessionID // that of an opaque origin, which is the same as no other
}

// place is where listeners of one name stand.
type place struct {
	partition      // of a service: the origin alone
	service   bool // connectTo with a target origin looks there
	name      string
}

type channelPlace struct {
	partition
	name string
}

type listener struct {
	session *member
	number  uint64
	place   place
	element *list.Element // of listing.listeners
}

type request struct {
	session *member
	port    Handle
	place   place
	state   PortState
	element *list.Element // of listing.waiting
}

// listing is what stands at one place: listeners, oldest first; or, as long as none of them may
// answer, who waits for one. Both are linked lists, for sessions with many of them come and go
// while all others wait for the directory.
type listing struct {
	listeners list.List     // of *listener
	waiting   list.List     // of *request, at most MaxWaiting
	turn      *list.Element // services: which listener is next; nil: the oldest
}

// channel is who is subscribed to a broadcast channel of a partition, in the order of subscription.
type channel struct {
	members  list.List   // of *member
	sessions []SessionID // the same as it was handed out, never written to; nil: members changed since
}

// handOut makes the list for as many messages as come before the next change.
func (c *channel) handOut() []SessionID {
	if c.sessions == nil {
		c.sessions = make([]SessionID, 0, c.members.Len())
		for e := c.members.Front(); e != nil; e = e.Next() {
			c.sessions = append(c.sessions, e.Value.(*member).id)
		}
	}
	return c.sessions
}

// member is a session that said HELLO.
type member struct {
	id        SessionID
	identity  Identity
	partition partition
	listeners map[uint64]*listener
	requests  map[Handle]*request
	channels  map[string]*list.Element // of channel.members
}

// Directory knows who listens on which name, who waits for one, and who is subscribed to which
// broadcast channel: docs/protocol.md, 7.
type Directory struct {
	members  map[SessionID]*member
	places   map[place]*listing
	channels map[channelPlace]*channel
	effects  []DirectoryEffect // of the present step
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	return &Directory{members: map[SessionID]*member{}, places: map[place]*listing{}, channels: map[channelPlace]*channel{}}
}

// Step lets the directory take ev and appends what is to be done to effects.
func (d *Directory) Step(ev DirectoryEvent, effects []DirectoryEffect) []DirectoryEffect {
	d.effects = effects
	if m := d.members[ev.Session]; m != nil {
		d.ask(m, &ev)
	} else if ev.Kind == DirectoryEnter {
		m := &member{id: ev.Session, identity: ev.Identity, partition: partition{origin: ev.Identity.Origin, user: ev.Identity.User}}
		if ev.Identity.Opaque {
			m.partition.session = m.id
		}
		d.members[ev.Session] = m
	}
	effects, d.effects = d.effects, nil
	return effects
}

// Waiting is the number of connects that nobody has answered.
func (d *Directory) Waiting() (n int) {
	for _, m := range d.members {
		n += len(m.requests)
	}
	return n
}

func (d *Directory) effect(f DirectoryEffect) { d.effects = append(d.effects, f) }

func (d *Directory) ask(m *member, ev *DirectoryEvent) {
	switch ev.Kind {
	case DirectoryLeave:
		d.leave(m)
	case DirectoryListen:
		d.listen(m, ev)
	case DirectoryUnlisten:
		if l := m.listeners[ev.Listener]; l != nil {
			d.unlisten(l)
		}
	case DirectoryConnect:
		d.connect(m, ev)
	case DirectoryCancel:
		if r := m.requests[ev.Port]; r != nil {
			d.cancel(r)
		}
	case DirectorySubscribe:
		d.subscribe(m, ev.Name)
	case DirectoryUnsubscribe:
		d.unsubscribe(m, ev.Name)
	case DirectoryBroadcast:
		if c := d.channels[channelPlace{m.partition, ev.Name}]; c != nil {
			d.effect(DirectoryEffect{Kind: DirectoryDelivered, Session: m.id, Sessions: c.handOut(), Name: ev.Name, Body: ev.Body})
		}
	}
}

func (d *Directory) at(p place) *listing {
	l := d.places[p]
	if l == nil {
		l = new(listing)
		d.places[p] = l
	}
	return l
}

func (d *Directory) tidy(p place) {
	if l := d.places[p]; l != nil && l.listeners.Len() == 0 && l.waiting.Len() == 0 {
		delete(d.places, p)
	}
}

// servicePlace is where the services of an origin stand. An opaque origin has none.
func servicePlace(origin, name string) place {
	return place{partition: partition{origin: origin}, service: true, name: name}
}

// listen registers a listener, and gives it who waits for it, oldest first.
func (d *Directory) listen(m *member, ev *DirectoryEvent) {
	l := &listener{session: m, number: ev.Listener, place: place{partition: m.partition, name: ev.Name}}
	if m.identity.Service {
		l.place = servicePlace(m.identity.Origin, ev.Name)
	}
	if m.listeners == nil {
		m.listeners = map[uint64]*listener{}
	}
	m.listeners[ev.Listener] = l
	at := d.at(l.place)
	l.element = at.listeners.PushBack(l)
	d.effect(DirectoryEffect{Kind: DirectoryListening, Session: m.id, Listener: ev.Listener})
	for e := at.waiting.Front(); e != nil; {
		r := e.Value.(*request)
		e = e.Next()
		if r.session != m {
			at.waiting.Remove(r.element)
			delete(r.session.requests, r.port)
			d.introduce(r, l)
		}
	}
}

// introduce hands the caller's port to the listener, which is final.
func (d *Directory) introduce(r *request, l *listener) {
	d.effect(DirectoryEffect{Kind: DirectoryConnection, Session: l.session.id, Listener: l.number, State: r.state,
		Origin: r.session.identity.Origin, User: r.session.identity.User})
}

func (d *Directory) unlisten(l *listener) {
	delete(l.session.listeners, l.number)
	at := d.places[l.place]
	if at.turn == l.element {
		at.turn = l.element.Next()
	}
	at.listeners.Remove(l.element)
	d.tidy(l.place)
}

// connect finds a listener: the oldest one in the caller's partition, or the next one of the
// services of an origin. None is of the caller's own session. If there is none the caller waits,
// unless too many wait for that name already.
func (d *Directory) connect(m *member, ev *DirectoryEvent) {
	r := &request{session: m, port: ev.Port, place: place{partition: m.partition, name: ev.Name}, state: ev.State}
	if ev.Origin != "" {
		r.place = servicePlace(ev.Origin, ev.Name)
	}
	at := d.at(r.place)
	if l := at.choose(m); l != nil {
		if r.place.service {
			at.turn = l.element.Next()
		}
		d.introduce(r, l)
		return
	}
	if at.waiting.Len() >= MaxWaiting {
		d.canceled(r)
		return
	}
	if m.requests == nil {
		m.requests = map[Handle]*request{}
	}
	m.requests[ev.Port] = r
	r.element = at.waiting.PushBack(r)
}

// choose goes once around the listeners, from whose turn it is, to the first that is not of the
// caller's session.
func (l *listing) choose(caller *member) *listener {
	e := l.turn
	for range l.listeners.Len() {
		if e == nil {
			e = l.listeners.Front()
		}
		if found := e.Value.(*listener); found.session != caller {
			return found
		}
		e = e.Next()
	}
	return nil
}

func (d *Directory) cancel(r *request) {
	delete(r.session.requests, r.port)
	d.places[r.place].waiting.Remove(r.element)
	d.tidy(r.place)
	d.canceled(r)
}

func (d *Directory) canceled(r *request) {
	d.effect(DirectoryEffect{Kind: DirectoryCanceled, Session: r.session.id, Port: r.port, State: r.state})
}

func (d *Directory) subscribe(m *member, name string) {
	if m.channels[name] == nil {
		if m.channels == nil {
			m.channels = map[string]*list.Element{}
		}
		at := channelPlace{m.partition, name}
		c := d.channels[at]
		if c == nil {
			c = new(channel)
			d.channels[at] = c
		}
		m.channels[name] = c.members.PushBack(m)
		c.sessions = nil
	}
	d.effect(DirectoryEffect{Kind: DirectorySubscribed, Session: m.id, Name: name})
}

func (d *Directory) unsubscribe(m *member, name string) {
	e := m.channels[name]
	if e == nil {
		return
	}
	delete(m.channels, name)
	at := channelPlace{m.partition, name}
	c := d.channels[at]
	c.members.Remove(e)
	c.sessions = nil
	if c.members.Len() == 0 {
		delete(d.channels, at)
	}
}

// leave ends a session: its listeners, its channels, and its waiting connects, which are canceled.
func (d *Directory) leave(m *member) {
	for _, number := range sortedKeys(m.listeners) {
		d.unlisten(m.listeners[number])
	}
	for _, port := range sortedKeys(m.requests) {
		d.cancel(m.requests[port])
	}
	for _, name := range sortedKeys(m.channels) {
		d.unsubscribe(m, name)
	}
	delete(d.members, m.id)
}
