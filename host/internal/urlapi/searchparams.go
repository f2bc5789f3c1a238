package urlapi

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/url"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// URLSearchParams is a list of name-value pairs, which may be the query of a URL.
//
// https://url.spec.whatwg.org/#interface-urlsearchparams
type URLSearchParams struct {
	webidl.Platform
	list   []url.Pair
	url    *URL // nil if it stands for itself
	memory settings.Memory
}

// Finalize implements qjs.Finalizer.
func (p *URLSearchParams) Finalize() { p.memory.Release() }

// hold counts what the list is about to hold more.
func (p *URLSearchParams) hold(r *qjs.Realm, added ...url.Pair) error {
	return p.memory.Hold(r.Runtime(), url.SizeOf(added), func() int { return url.SizeOf(p.list) + url.SizeOf(added) })
}

// Pairs returns the list.
func (p *URLSearchParams) Pairs() []url.Pair { return p.list }

// searchParams returns the parameters of a URL, always the same.
func (u *URL) searchParams() *URLSearchParams {
	if u.params == nil {
		u.params = &URLSearchParams{url: u}
		u.params.reread()
	}
	return u.params
}

// reread reads the list from the URL. Nobody asked for the parameters of a URL while
// there are none.
func (p *URLSearchParams) reread() {
	if p != nil {
		p.list = url.ParseForm(strings.TrimPrefix(p.url.record.Search(), "?"))
	}
}

// update writes the list to the URL.
//
// https://url.spec.whatwg.org/#concept-urlsearchparams-update
func (p *URLSearchParams) update() {
	if p.url != nil {
		p.url.record.SetSearch(url.SerializeForm(p.list))
	}
}

// URLSearchParamsInterface is the interface URLSearchParams.
var URLSearchParamsInterface = &webidl.Interface{
	Name: "URLSearchParams", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		list, err := toPairs(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		p := &URLSearchParams{}
		if err := p.hold(c.Realm, list...); err != nil {
			return nil, err
		}
		p.list = list
		return p, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "size", Get: webidl.Getter(func(_ *qjs.Realm, p *URLSearchParams) (qjs.Value, error) {
			return qjs.Number(float64(len(p.list))), nil
		})},
	},
	Operations: []webidl.Operation{
		{Name: "append", Length: 2, Func: operation(2, 2, (*URLSearchParams).append)},
		{Name: "delete", Length: 1, Func: operation(1, 2, (*URLSearchParams).delete)},
		{Name: "get", Length: 1, Func: operation(1, 1, (*URLSearchParams).get)},
		{Name: "getAll", Length: 1, Func: operation(1, 1, (*URLSearchParams).getAll)},
		{Name: "has", Length: 1, Func: operation(1, 2, (*URLSearchParams).has)},
		{Name: "set", Length: 2, Func: operation(2, 2, (*URLSearchParams).set)},
		{Name: "sort", Func: operation(0, 0, (*URLSearchParams).sort)},
		{Name: "toString", Func: operation(0, 0, func(p *URLSearchParams, r *qjs.Realm, _ []string) qjs.Value {
			return r.String(url.SerializeForm(p.list))
		})},
	},
	Iterable: &webidl.Iterable{Pair: func(r *qjs.Realm, object any, i int) (key, value qjs.Value, ok bool) {
		list := object.(*URLSearchParams).list
		if i >= len(list) {
			return qjs.Value{}, qjs.Value{}, false
		}
		return r.String(list[i].Name), r.String(list[i].Value), true
	}},
}

// operation makes an operation that takes strings: those required and, where they are given,
// others. One that requires two adds a pair.
func operation(required, all int, do func(*URLSearchParams, *qjs.Realm, []string) qjs.Value) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		p, err := webidl.This[*URLSearchParams](c)
		if err != nil {
			return qjs.Value{}, err
		}
		var args []string
		for i, v := range c.Args {
			if i >= all || i >= required && v.IsUndefined() {
				break
			}
			s, err := webidl.USVString(c.Realm, v)
			if err != nil {
				return qjs.Value{}, err
			}
			args = append(args, s)
		}
		if required == 2 {
			if err := p.hold(c.Realm, url.Pair{Name: args[0], Value: args[1]}); err != nil {
				return qjs.Value{}, err
			}
		}
		return do(p, c.Realm, args), nil
	}
}

// matches reports whether a pair has the name, and the value if one is given.
func matches(pair url.Pair, args []string) bool {
	return pair.Name == args[0] && (len(args) < 2 || pair.Value == args[1])
}

func (p *URLSearchParams) append(_ *qjs.Realm, args []string) qjs.Value {
	p.list = append(p.list, url.Pair{Name: args[0], Value: args[1]})
	p.update()
	return qjs.Undefined()
}

func (p *URLSearchParams) delete(_ *qjs.Realm, args []string) qjs.Value {
	p.list = slices.DeleteFunc(p.list, func(pair url.Pair) bool { return matches(pair, args) })
	p.update()
	return qjs.Undefined()
}

func (p *URLSearchParams) get(r *qjs.Realm, args []string) qjs.Value {
	for _, pair := range p.list {
		if pair.Name == args[0] {
			return r.String(pair.Value)
		}
	}
	return qjs.Null()
}

func (p *URLSearchParams) getAll(r *qjs.Realm, args []string) qjs.Value {
	var values []qjs.Value
	for _, pair := range p.list {
		if pair.Name == args[0] {
			values = append(values, r.String(pair.Value))
		}
	}
	return r.NewArray(values...)
}

func (p *URLSearchParams) has(_ *qjs.Realm, args []string) qjs.Value {
	return qjs.Bool(slices.ContainsFunc(p.list, func(pair url.Pair) bool { return matches(pair, args) }))
}

func (p *URLSearchParams) set(_ *qjs.Realm, args []string) qjs.Value {
	i := slices.IndexFunc(p.list, func(pair url.Pair) bool { return pair.Name == args[0] })
	if i < 0 {
		return p.append(nil, args)
	}
	p.list[i].Value = args[1]
	rest := slices.DeleteFunc(p.list[i+1:], func(pair url.Pair) bool { return pair.Name == args[0] })
	p.list = p.list[:i+1+len(rest)]
	p.update()
	return qjs.Undefined()
}

func (p *URLSearchParams) sort(_ *qjs.Realm, _ []string) qjs.Value {
	url.SortPairs(p.list)
	p.update()
	return qjs.Undefined()
}

// toPairs converts the constructor's argument: a sequence of pairs, a record, or a query.
//
// https://url.spec.whatwg.org/#dom-urlsearchparams-urlsearchparams
func toPairs(r *qjs.Realm, v qjs.Value) ([]url.Pair, error) {
	if v.IsUndefined() {
		return nil, nil
	}
	if !v.IsObject() {
		s, err := webidl.USVString(r, v)
		return url.ParseForm(strings.TrimPrefix(s, "?")), err
	}
	var list []url.Pair
	text := settings.Counting(webidl.USVString)
	method, err := v.Get(r, qjs.SymbolIterator)
	if err != nil {
		return nil, err
	}
	if method.IsNullish() {
		record, err := webidl.RecordOf(text, text)(r, v)
		for _, entry := range record {
			list = append(list, url.Pair{Name: entry.Key, Value: entry.Value})
		}
		return list, err
	}
	sequence, err := webidl.SequenceOf(webidl.SequenceOf(text))(r, v)
	if err != nil {
		return nil, err
	}
	for _, pair := range sequence {
		if len(pair) != 2 {
			return nil, webidl.TypeError("a pair has two elements, not %d", len(pair))
		}
		list = append(list, url.Pair{Name: pair[0], Value: pair[1]})
	}
	return list, nil
}
