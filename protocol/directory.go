package protocol

import "container/list"

// partition is within what connectTo(name) and broadcast channels reach.
type partition struct {
	origin, user string
	endpoint     ID // that of an opaque origin, which is the same as no other
}

func partitionOf(who *Identity, endpoint ID) partition {
	p := partition{origin: who.Origin, user: who.User}
	if who.Opaque {
		p.endpoint = endpoint
	}
	return p
}

// place is where listeners of one name stand.
type place struct {
	partition      // of a service: the origin alone
	service   bool // connectTo with a target origin looks there
	name      string
}

type listener struct {
	member  *member
	number  uint64
	age     Time // since when its endpoint has listened
	place   place
	element *list.Element // of listing.listeners; nil: it does not listen any more
}

// request is a connect, as the directory knows it: who asks for what. The port itself
// is the caller's.
type directoryRequest struct {
	member  *member
	port    Handle
	place   place
	age     uint64        // rises from request to request
	offer   uint64        // the number of the last one
	to      *listener     // to whom it is offered; nil: it waits
	element *list.Element // of listing.waiting, or of to.member.offered
}

// listing is what stands at one place: listeners, oldest first, and who waits for one. Both are
// linked lists, for sessions with many of them come and go while all others wait for the directory.
type listing struct {
	listeners list.List     // of *listener
	waiting   list.List     // of *directoryRequest, at most MaxWaiting
	turn      *list.Element // services: which listener is next; nil: the oldest
}

// member is a session that said HELLO.
type member struct {
	id        ID
	identity  Identity
	endpoint  ID // several sessions may be of one for a while
	partition partition
	listeners map[uint64]*listener
	requests  map[Handle]*directoryRequest
	away      bool
	offered   list.List // of *directoryRequest: to listeners of this session
}

// Directory knows who listens on which name, and who waits for one: docs/protocol.md, 7. It answers
// by packets to sessions, and owns nothing: a connect is kept by the caller's endpoint.
type Directory struct {
	members map[ID]*member
	places  map[place]*listing
	asked   uint64 // requests so far
	out     *SessionOut
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	return &Directory{members: map[ID]*member{}, places: map[place]*listing{}}
}

// Step lets the directory take ev and puts its answers into out, which is reset: each is
// SessionPublish.
func (d *Directory) Step(ev DirectoryEvent, out *SessionOut) {
	out.reset()
	d.out = out
	if m := d.members[ev.Session]; m != nil {
		d.ask(m, &ev)
	} else if ev.Kind == DirectoryEnter {
		d.members[ev.Session] = &member{id: ev.Session, identity: ev.Identity, endpoint: ev.Endpoint,
			partition: partitionOf(&ev.Identity, ev.Endpoint)}
	}
	d.out = nil
}

// Waiting is the number of connects that nobody has answered.
func (d *Directory) Waiting() (n int) {
	for _, m := range d.members {
		n += len(m.requests)
	}
	return n
}

func (d *Directory) publish(p Packet) {
	packet := d.out.arena.packets.one()
	*packet = p
	d.out.Effects = append(d.out.Effects, SessionEffect{Kind: SessionPublish, Packet: packet})
}

func (d *Directory) ask(m *member, ev *DirectoryEvent) {
	switch ev.Kind {
	case DirectoryLeave:
		d.leave(m)
	case DirectoryAway:
		m.away = true
		d.offerOthers(m)
	case DirectoryListen:
		d.listen(m, ev)
	case DirectoryUnlisten:
		if l := m.listeners[ev.Listener]; l != nil {
			d.unlisten(l)
		}
	case DirectoryConnect:
		d.connect(m, ev)
	case DirectoryDeclined:
		if r := m.requests[ev.Port]; r != nil && r.to != nil && r.offer == ev.Offer {
			declined := r.to
			d.withdraw(r)
			if ev.Silent && d.at(r.place).choose(r.member, declined) == nil {
				declined = nil // nobody else is there
			}
			d.find(r, declined)
		}
	case DirectoryCancel:
		if r := m.requests[ev.Port]; r != nil && r.to == nil {
			d.settled(r)
			d.publish(Packet{Kind: Crowded, To: m.id, From: m.id, Request: ev.Port})
		}
	case DirectorySettled:
		if r := m.requests[ev.Port]; r != nil {
			d.settled(r)
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

// listen registers a listener, and offers it who waits for it, oldest first.
func (d *Directory) listen(m *member, ev *DirectoryEvent) {
	l := &listener{member: m, number: ev.Listener, age: ev.Age, place: place{partition: m.partition, name: ev.Name}}
	if m.identity.Service {
		l.place = servicePlace(m.identity.Origin, ev.Name)
	}
	if m.listeners == nil {
		m.listeners = map[uint64]*listener{}
	}
	m.listeners[ev.Listener] = l
	at := d.at(l.place)
	at.enter(l)
	d.publish(Packet{Kind: Listening, To: m.id, From: m.id, Listener: ev.Listener, Ticket: ev.Ticket})
	for e := at.waiting.Front(); e != nil; {
		r := e.Value.(*directoryRequest)
		e = e.Next()
		if !r.member.same(m) {
			at.waiting.Remove(r.element)
			d.offer(r, l)
		}
	}
}

// offer tells the caller's session of a listener. The request stays in the books until the session
// says what became of it.
func (d *Directory) offer(r *directoryRequest, l *listener) {
	r.offer++
	r.to, r.element = l, l.member.offered.PushBack(r)
	d.publish(Packet{Kind: Matched, To: r.member.id, From: l.member.id, Request: r.port, Offer: r.offer, Listener: l.number})
}

// withdraw takes a request out of where it stands.
func (d *Directory) withdraw(r *directoryRequest) {
	if r.to != nil {
		r.to.member.offered.Remove(r.element)
	} else {
		d.places[r.place].waiting.Remove(r.element)
	}
	r.to, r.element = nil, nil
}

// unlisten takes a listener out. What was offered to it is still its session's to answer.
func (d *Directory) unlisten(l *listener) {
	delete(l.member.listeners, l.number)
	at := d.places[l.place]
	if at.turn == l.element {
		at.turn = l.element.Next()
	}
	at.listeners.Remove(l.element)
	d.tidy(l.place)
}

// connect enters a request.
func (d *Directory) connect(m *member, ev *DirectoryEvent) {
	d.asked++
	r := &directoryRequest{member: m, port: ev.Port, age: d.asked, place: place{partition: m.partition, name: ev.Name}}
	if ev.Origin != "" {
		r.place = servicePlace(ev.Origin, ev.Name)
	}
	if m.requests == nil {
		m.requests = map[Handle]*directoryRequest{}
	}
	m.requests[ev.Port] = r
	d.find(r, nil)
}

// same reports whether two sessions are of one endpoint.
func (m *member) same(o *member) bool {
	return m == o || m.endpoint == o.endpoint && m.endpoint != ID{}
}

// find finds a listener: the oldest one in the caller's partition, or the next one of the services
// of an origin. None is of the caller's own endpoint, nor the one that has declined. If there is
// none the caller waits, unless too many wait for that name already.
func (d *Directory) find(r *directoryRequest, declined *listener) {
	at := d.at(r.place)
	if l := at.choose(r.member, declined); l != nil {
		if r.place.service {
			at.turn = l.element.Next()
		}
		d.offer(r, l)
		return
	}
	if at.waiting.Len() >= MaxWaiting {
		delete(r.member.requests, r.port)
		d.publish(Packet{Kind: Crowded, To: r.member.id, From: r.member.id, Request: r.port})
		return
	}
	at.wait(r)
}

// enter puts a listener behind those that are older.
func (l *listing) enter(n *listener) {
	e := l.listeners.Back()
	for e != nil && e.Value.(*listener).age > n.age {
		e = e.Prev()
	}
	if e == nil {
		n.element = l.listeners.PushFront(n)
	} else {
		n.element = l.listeners.InsertAfter(n, e)
	}
}

// wait puts a request behind those that are older. One that comes back is among the oldest.
func (l *listing) wait(r *directoryRequest) {
	if last := l.waiting.Back(); last == nil || last.Value.(*directoryRequest).age < r.age {
		r.element = l.waiting.PushBack(r)
		return
	}
	e := l.waiting.Front()
	for e.Value.(*directoryRequest).age < r.age {
		e = e.Next()
	}
	r.element = l.waiting.InsertBefore(r, e)
}

// choose goes once around the listeners, from whose turn it is, to the first that may answer.
func (l *listing) choose(caller *member, declined *listener) *listener {
	e := l.turn
	for range l.listeners.Len() {
		if e == nil {
			e = l.listeners.Front()
		}
		if found := e.Value.(*listener); !found.member.same(caller) && !found.member.away && found != declined {
			return found
		}
		e = e.Next()
	}
	return nil
}

func (d *Directory) settled(r *directoryRequest) {
	delete(r.member.requests, r.port)
	d.withdraw(r)
	d.tidy(r.place)
}

// leave ends a session: its listeners and its connects. What was offered to it is
// offered to others.
func (d *Directory) leave(m *member) {
	for _, number := range sortedKeys(m.listeners) {
		d.unlisten(m.listeners[number])
	}
	for _, port := range sortedKeys(m.requests) {
		d.settled(m.requests[port])
	}
	d.offerOthers(m)
	delete(d.members, m.id)
}

// offerOthers finds somebody else for what was offered to a session that is not there.
func (d *Directory) offerOthers(m *member) {
	for e := m.offered.Front(); e != nil; e = m.offered.Front() {
		r := e.Value.(*directoryRequest)
		d.withdraw(r)
		d.find(r, nil)
	}
}
