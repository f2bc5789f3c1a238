package protocol

import "slices"

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
}

type request struct {
	session *member
	port    Handle
	place   place
	state   PortState
}

// listing is what stands at one place: listeners, oldest first; or, as long as none of them may answer, who waits for one.
type listing struct {
	listeners []*listener
	waiting   []*request
	turn      int // services: who is next
}

// member is a session that said HELLO.
type member struct {
	id        SessionID
	identity  Identity
	partition partition
	listeners map[uint64]*listener
	requests  map[Handle]*request
	channels  map[string]struct{}
}

// Directory knows who listens on which name, who waits for one, and who is subscribed to which broadcast channel: docs/protocol.md, 7.
type Directory struct {
	members  map[SessionID]*member
	places   map[place]*listing
	channels map[channelPlace][]SessionID // replaced, never written to
	effects  []DirectoryEffect            // of the present step
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	return &Directory{members: map[SessionID]*member{}, places: map[place]*listing{}, channels: map[channelPlace][]SessionID{}}
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
		if sessions := d.channels[channelPlace{m.partition, ev.Name}]; len(sessions) > 0 {
			d.effect(DirectoryEffect{Kind: DirectoryDelivered, Session: m.id, Sessions: sessions, Name: ev.Name, Body: ev.Body})
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
	if l := d.places[p]; l != nil && len(l.listeners) == 0 && len(l.waiting) == 0 {
		delete(d.places, p)
	}
}

// servicePlace is where the services of an origin stand. An opaque origin has none.
func servicePlace(origin, name string) place {
	return place{partition: partition{origin: origin}, service: true, name: name}
}

// listen registers a listener, and gives it who waits for it, oldest first.
func (d *Directory) listen(m *member, ev *DirectoryEvent) {
	l := &listener{m, ev.Listener, place{partition: m.partition, name: ev.Name}}
	if m.identity.Service {
		l.place = servicePlace(m.identity.Origin, ev.Name)
	}
	if m.listeners == nil {
		m.listeners = map[uint64]*listener{}
	}
	m.listeners[ev.Listener] = l
	at := d.at(l.place)
	at.listeners = append(at.listeners, l)
	d.effect(DirectoryEffect{Kind: DirectoryListening, Session: m.id, Listener: ev.Listener})
	waiting := at.waiting
	at.waiting = nil
	for _, r := range waiting {
		if r.session == m {
			at.waiting = append(at.waiting, r)
			continue
		}
		delete(r.session.requests, r.port)
		d.introduce(r, l)
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
	i := slices.Index(at.listeners, l)
	at.listeners = slices.Delete(at.listeners, i, i+1)
	if at.turn > i {
		at.turn--
	}
	d.tidy(l.place)
}

// connect finds a listener: the oldest one in the caller's partition, or the next one of the services of an origin.
// None is of the caller's own session. If there is none the caller waits.
func (d *Directory) connect(m *member, ev *DirectoryEvent) {
	r := &request{m, ev.Port, place{partition: m.partition, name: ev.Name}, ev.State}
	if ev.Origin != "" {
		r.place = servicePlace(ev.Origin, ev.Name)
	}
	at := d.at(r.place)
	for i := range at.listeners {
		i = (i + at.turn) % len(at.listeners)
		if l := at.listeners[i]; l.session != m {
			if r.place.service {
				at.turn = (i + 1) % len(at.listeners)
			}
			d.introduce(r, l)
			return
		}
	}
	if m.requests == nil {
		m.requests = map[Handle]*request{}
	}
	m.requests[ev.Port] = r
	at.waiting = append(at.waiting, r)
}

func (d *Directory) cancel(r *request) {
	delete(r.session.requests, r.port)
	at := d.places[r.place]
	at.waiting = slices.DeleteFunc(at.waiting, func(o *request) bool { return o == r })
	d.tidy(r.place)
	d.effect(DirectoryEffect{Kind: DirectoryCanceled, Session: r.session.id, Port: r.port, State: r.state})
}

func (d *Directory) subscribe(m *member, name string) {
	if _, ok := m.channels[name]; !ok {
		if m.channels == nil {
			m.channels = map[string]struct{}{}
		}
		m.channels[name] = struct{}{}
		at := channelPlace{m.partition, name}
		d.channels[at] = append(slices.Clip(d.channels[at]), m.id)
	}
	d.effect(DirectoryEffect{Kind: DirectorySubscribed, Session: m.id, Name: name})
}

func (d *Directory) unsubscribe(m *member, name string) {
	if _, ok := m.channels[name]; !ok {
		return
	}
	delete(m.channels, name)
	at := channelPlace{m.partition, name}
	rest := make([]SessionID, 0, len(d.channels[at])-1)
	for _, id := range d.channels[at] {
		if id != m.id {
			rest = append(rest, id)
		}
	}
	if len(rest) == 0 {
		delete(d.channels, at)
	} else {
		d.channels[at] = rest
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
