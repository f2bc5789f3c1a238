package dom

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Kinds of mutation records.
const (
	recordChildList     = "childList"
	recordAttributes    = "attributes"
	recordCharacterData = "characterData"
)

// record is what a mutation record is made of.
type record struct {
	kind, name, namespace string
	oldValue              *string
	added, removed        []*Node
	previous, next        *Node
}

// ObserverOptions say which changes a mutation observer observes.
//
// https://dom.spec.whatwg.org/#dictdef-mutationobserverinit
type ObserverOptions struct {
	ChildList, Attributes, CharacterData, Subtree, AttributeOldValue, CharacterDataOldValue bool
	Filter                                                                                  []string // nil: all attributes
}

// registration is a registered observer.
//
// https://dom.spec.whatwg.org/#registered-observer
type registration struct {
	observer *MutationObserver
	options  ObserverOptions
	source   *registration // of a transient one
	ref      *qjs.Ref      // the observer's wrapper, held by the node's
}

// MutationObserver hears of changes of trees.
//
// https://dom.spec.whatwg.org/#mutationobserver
type MutationObserver struct {
	webidl.Platform
	agent    *Agent
	callback *webidl.Callback
	nodes    []*Node // FIXME: they are not weak: the observer keeps what it observes
	records  []*MutationRecord
	queued   bool
}

// Trace implements [qjs.Tracer].
func (o *MutationObserver) Trace(visit func(*qjs.Ref)) {
	o.callback.Trace(visit)
}

// MutationRecord is a change that an observer hears of.
//
// https://dom.spec.whatwg.org/#mutationrecord
type MutationRecord struct {
	webidl.Platform
	record
	target   *Node
	oldValue *string
	lists    [2]*List // addedNodes and removedNodes
}

// queueTree queues a tree mutation record.
//
// https://dom.spec.whatwg.org/#queue-a-tree-mutation-record
func (n *Node) queueTree(added, removed []*Node, previous, next *Node) {
	n.queueRecord(record{kind: recordChildList, added: added, removed: removed, previous: previous, next: next})
}

// queueRecord queues a mutation record.
//
// https://dom.spec.whatwg.org/#queueing-a-mutation-record
func (n *Node) queueRecord(r record) {
	if !n.document.agent.observed {
		return
	}
	var interested []*MutationObserver // 1.
	var oldValue []*string
	for node := n; node != nil; node = node.parent { // 2. and 3.
		for _, registered := range node.registered {
			o := registered.options
			switch {
			case node != n && !o.Subtree,
				r.kind == recordAttributes && (!o.Attributes || o.Filter != nil && (r.namespace != "" || !slices.Contains(o.Filter, r.name))),
				r.kind == recordCharacterData && !o.CharacterData,
				r.kind == recordChildList && !o.ChildList:
				continue
			}
			i := slices.Index(interested, registered.observer)
			if i < 0 {
				i = len(interested)
				interested, oldValue = append(interested, registered.observer), append(oldValue, nil)
			}
			if r.kind == recordAttributes && o.AttributeOldValue || r.kind == recordCharacterData && o.CharacterDataOldValue {
				oldValue[i] = r.oldValue
			}
		}
	}
	for i, o := range interested { // 4.
		o.enqueue(&MutationRecord{record: r, target: n, oldValue: oldValue[i]})
	}
}

// enqueue appends a record to the observer's queue.
func (o *MutationObserver) enqueue(r *MutationRecord) {
	realm := o.Realm()
	if realm.Runtime().Closed() {
		return
	}
	webidl.Init(r, realm, r.target.document.interfaces.MutationRecord)
	o.records = append(o.records, r)
	a := o.agent
	if !o.queued {
		o.queued = true
		webidl.Keep(o) // until it was told
		a.pending = append(a.pending, o)
	}
	if !a.queued { // 5.: queue a mutation observer microtask
		a.queued = true
		realm.Runtime().EnqueueJob(realm, a.notify)
	}
}

// notify delivers the records to the observers.
//
// https://dom.spec.whatwg.org/#notify-mutation-observers
func (a *Agent) notify() {
	a.queued = false       // 1.
	observers := a.pending // 2.
	a.pending = nil        // 3.
	for _, o := range observers {
		o.queued = false
		records := o.take() // 6.1. to 6.3.
		if len(records) > 0 {
			self := webidl.ValueOf(o)
			o.callback.Report(self, recordArray(o.Realm(), records), self) // 6.4.
		}
		webidl.Unkeep(o)
	}
}

// take empties the record queue.
func (o *MutationObserver) take() []*MutationRecord {
	records := o.records
	o.records = nil
	for _, n := range o.nodes { // transient registrations end
		n.registered = slices.DeleteFunc(n.registered, func(r *registration) bool {
			gone := r.observer == o && r.source != nil
			if gone {
				r.ref.Free()
			}
			return gone
		})
	}
	return records
}

func recordArray(realm *qjs.Realm, records []*MutationRecord) qjs.Value {
	values := make([]qjs.Value, len(records))
	for i, r := range records {
		values[i] = webidl.ValueOf(r)
	}
	return realm.NewArray(values...)
}

// Observe registers the observer with a node.
//
// https://dom.spec.whatwg.org/#dom-mutationobserver-observe, steps 7 and 8
func (o *MutationObserver) Observe(n *Node, options ObserverOptions) {
	for _, r := range n.registered { // 7.
		if r.observer == o && r.source == nil {
			for _, observed := range o.nodes {
				observed.unregister(func(t *registration) bool { return t.source == r })
			}
			r.options = options
			return
		}
	}
	n.register(&registration{observer: o, options: options}) // 8.
}

func (n *Node) register(r *registration) {
	n.document.agent.observed = true
	n.Value() // a wrapper, to hold the observer's
	r.ref = n.document.realm.Runtime().NewRef(webidl.ValueOf(r.observer))
	n.registered = append(n.registered, r)
	if !slices.Contains(r.observer.nodes, n) {
		r.observer.nodes = append(r.observer.nodes, n)
	}
}

func (n *Node) unregister(which func(*registration) bool) {
	n.registered = slices.DeleteFunc(n.registered, func(r *registration) bool {
		gone := which(r)
		if gone {
			r.ref.Free()
		}
		return gone
	})
}

// transient registers the observers of the old ancestors with a node that was removed, until
// they were told.
//
// https://dom.spec.whatwg.org/#concept-node-remove, step 15
func (n *Node) transient(parent *Node) {
	if !n.document.agent.observed {
		return
	}
	for p := parent; p != nil; p = p.parent {
		for _, r := range p.registered {
			if r.options.Subtree {
				n.register(&registration{observer: r.observer, options: r.options, source: r})
			}
		}
	}
}

// Disconnect stops observing.
//
// https://dom.spec.whatwg.org/#dom-mutationobserver-disconnect
func (o *MutationObserver) Disconnect() {
	for _, n := range o.nodes {
		n.unregister(func(r *registration) bool { return r.observer == o })
	}
	o.nodes, o.records = nil, nil
}
