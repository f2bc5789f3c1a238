package messaging

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// portCollection is a PortCollection object: a list of ports, each at most once.
//
// https://www.w3.org/TR/2013/WD-html51-20130528/web-messaging.html#broadcasting-to-many-ports
//
// DEVIATION: it holds its ports strongly, so that script cannot watch the garbage collector by it.
type portCollection struct {
	webidl.Platform
	ports []member // never changed in place: iterations go on over the list they began with
}

type member struct {
	port *Port
	ref  *qjs.Ref // its wrapper
}

// Trace implements [qjs.Tracer].
func (p *portCollection) Trace(visit func(*qjs.Ref)) {
	for _, m := range p.ports {
		visit(m.ref)
	}
}

var toPort = webidl.To[*Port]("MessagePort")

// PortCollectionInterface is the interface PortCollection.
var PortCollectionInterface = &webidl.Interface{
	Name: "PortCollection", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		p := &portCollection{}
		if c.Arg(0).IsNullish() {
			return p, nil
		}
		ports, err := webidl.SequenceOf(toPort)(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		for _, port := range ports {
			p.add(c.Runtime(), port)
		}
		return p, nil
	},
	Operations: []webidl.Operation{
		{Name: "add", Length: 1, Func: withPort(func(c *qjs.Call, p *portCollection, port *Port) { p.add(c.Runtime(), port) })},
		{Name: "remove", Length: 1, Func: withPort(func(_ *qjs.Call, p *portCollection, port *Port) { p.remove(port) })},
		{Name: "clear", Func: webidl.Method(func(_ *qjs.Call, p *portCollection) (qjs.Value, error) {
			for _, m := range p.ports {
				m.ref.Free()
			}
			p.ports = nil
			return qjs.Value{}, nil
		})},
		{Name: "iterate", Length: 1, Func: webidl.Method(iterate)},
	},
}

func withPort(steps func(c *qjs.Call, p *portCollection, port *Port)) qjs.Func {
	return webidl.Method(func(c *qjs.Call, p *portCollection) (qjs.Value, error) {
		port, err := toPort(c.Realm, c.Arg(0))
		if err == nil {
			steps(c, p, port)
		}
		return qjs.Value{}, err
	})
}

func (p *portCollection) index(port *Port) int {
	return slices.IndexFunc(p.ports, func(m member) bool { return m.port == port })
}

func (p *portCollection) add(rt *qjs.Runtime, port *Port) {
	if p.index(port) < 0 {
		p.ports = append(slices.Clip(p.ports), member{port, rt.NewRef(webidl.ValueOf(port))})
	}
}

func (p *portCollection) remove(port *Port) {
	if i := p.index(port); i >= 0 {
		p.ports[i].ref.Free()
		p.ports = slices.Concat(p.ports[:i], p.ports[i+1:])
	}
}

// iterate calls a function with each port that is in the list when it begins. An exception ends
// the iteration.
func iterate(c *qjs.Call, p *portCollection) (qjs.Value, error) {
	callback, err := webidl.CallbackFunction(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	defer callback.Free()
	values := make([]qjs.Value, len(p.ports))
	for i, m := range p.ports {
		values[i] = m.ref.Value()
	}
	for _, v := range values {
		if _, err := callback.Call(qjs.Undefined(), v); err != nil {
			return qjs.Value{}, err
		}
	}
	return qjs.Value{}, nil
}
