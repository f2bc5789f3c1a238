package hrtime

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Entry is a mark, a measure, or a resource that was fetched.
//
// https://w3c.github.io/performance-timeline/#dom-performanceentry
type Entry struct {
	webidl.Platform
	name, kind      string
	start, duration float64
	detail          *qjs.Ref
	resource        *Resource // of an entry of a resource
}

// Trace implements qjs.Tracer.
func (e *Entry) Trace(visit func(*qjs.Ref)) {
	visit(e.detail)
}

// EntryInterface is the interface PerformanceEntry.
var EntryInterface = &webidl.Interface{
	Name: "PerformanceEntry", Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "name", Get: webidl.Getter(func(r *qjs.Realm, e *Entry) (qjs.Value, error) { return r.String(e.name), nil })},
		{Name: "entryType", Get: webidl.Getter(func(r *qjs.Realm, e *Entry) (qjs.Value, error) { return r.String(e.kind), nil })},
		{Name: "startTime", Get: webidl.Getter(func(_ *qjs.Realm, e *Entry) (qjs.Value, error) { return qjs.Number(e.start), nil })},
		{Name: "duration", Get: webidl.Getter(func(_ *qjs.Realm, e *Entry) (qjs.Value, error) { return qjs.Number(e.duration), nil })},
	},
	Operations: []webidl.Operation{{Name: "toJSON", Func: webidl.Getter(func(r *qjs.Realm, e *Entry) (qjs.Value, error) {
		return object(r, member{"name", r.String(e.name)}, member{"entryType", r.String(e.kind)},
			member{"startTime", qjs.Number(e.start)}, member{"duration", qjs.Number(e.duration)})
	})}},
}

var detail = webidl.Attribute{Name: "detail", Get: webidl.Getter(func(_ *qjs.Realm, e *Entry) (qjs.Value, error) {
	if e.detail == nil {
		return qjs.Null(), nil
	}
	return e.detail.Value(), nil
})}

// MarkInterface is the interface PerformanceMark.
var MarkInterface = &webidl.Interface{
	Name: "PerformanceMark", Parent: EntryInterface, Exposed: webidl.Everywhere, Attributes: []webidl.Attribute{detail},
}

// MeasureInterface is the interface PerformanceMeasure.
var MeasureInterface = &webidl.Interface{
	Name: "PerformanceMeasure", Parent: EntryInterface, Exposed: webidl.Everywhere, Attributes: []webidl.Attribute{detail},
}

// add keeps an entry, in the order of the start times, and returns its object.
func (p *Performance) add(r *qjs.Realm, iface *webidl.Interface, e *Entry) (qjs.Value, error) {
	if err := p.memory.Hold(r.Runtime(), len(e.name)+100, func() int {
		n := len(e.name) + 100
		for _, other := range p.entries {
			n += len(other.name) + 100
		}
		return n
	}); err != nil {
		return qjs.Value{}, err
	}
	object := webidl.Wrap(r, iface, e)
	webidl.Keep(e)
	if len(p.entries) >= maxEntries {
		webidl.Unkeep(p.entries[0])
		p.entries = slices.Delete(p.entries, 0, 1)
	}
	i := len(p.entries)
	for i > 0 && p.entries[i-1].start > e.start {
		i--
	}
	p.entries = slices.Insert(p.entries, i, e)
	return object, nil
}

// mark adds a mark.
//
// https://w3c.github.io/user-timing/#dom-performance-mark
//
// DEVIATION: the detail is the value itself, not a clone of it.
func mark(c *qjs.Call) (qjs.Value, error) {
	p, err := webidl.This[*Performance](c)
	if err != nil {
		return qjs.Value{}, err
	}
	name, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	options, err := webidl.ToDictionary(c.Realm, c.Arg(1), "PerformanceMarkOptions")
	if err != nil {
		return qjs.Value{}, err
	}
	v := webidl.Member(options, "detail", webidl.Any, qjs.Null())
	start := webidl.Member(options, "startTime", webidl.Double, p.now())
	if err := options.Err(); err != nil {
		return qjs.Value{}, err
	}
	if start < 0 {
		return qjs.Value{}, webidl.TypeError("the start time is negative")
	}
	return p.add(c.Realm, MarkInterface, &Entry{name: name, kind: "mark", start: start, detail: c.Runtime().NewRef(v)})
}

// measure adds a measure from one time, or mark, to another.
//
// https://w3c.github.io/user-timing/#dom-performance-measure
func measure(c *qjs.Call) (qjs.Value, error) {
	p, err := webidl.This[*Performance](c)
	if err != nil {
		return qjs.Value{}, err
	}
	name, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	from, to, length, v := c.Arg(1), c.Arg(2), qjs.Undefined(), qjs.Null()
	if from.IsObject() {
		options, err := webidl.ToDictionary(c.Realm, from, "PerformanceMeasureOptions")
		if err != nil {
			return qjs.Value{}, err
		}
		if d, ok := options.Value("detail"); ok {
			v = d
		}
		length, _ = options.Value("duration")
		to, _ = options.Value("end")
		from, _ = options.Value("start")
		if err := options.Err(); err != nil {
			return qjs.Value{}, err
		}
	}
	start, end, err := p.span(c.Realm, from, to, length)
	if err != nil {
		return qjs.Value{}, err
	}
	e := &Entry{name: name, kind: "measure", start: start, duration: end - start, detail: c.Runtime().NewRef(v)}
	return p.add(c.Realm, MeasureInterface, e)
}

// span finds where a measure begins and ends, of which two of beginning, end and duration say.
func (p *Performance) span(r *qjs.Realm, from, to, length qjs.Value) (start, end float64, err error) {
	duration := 0.0
	if !length.IsUndefined() {
		if duration, err = webidl.Double(r, length); err != nil {
			return 0, 0, err
		}
	}
	start, end = 0, p.now()
	if !from.IsUndefined() {
		if start, err = p.at(r, from); err != nil {
			return 0, 0, err
		}
		if !length.IsUndefined() {
			end = start + duration
		}
	}
	if !to.IsUndefined() {
		if end, err = p.at(r, to); err != nil {
			return 0, 0, err
		}
		if from.IsUndefined() && !length.IsUndefined() {
			start = end - duration
		}
	}
	return start, end, nil
}

// at converts a time, or the name of a mark, to a time.
//
// https://w3c.github.io/user-timing/#dfn-convert-a-mark-to-a-timestamp
func (p *Performance) at(r *qjs.Realm, v qjs.Value) (float64, error) {
	if v.IsNumber() {
		f, err := webidl.Double(r, v)
		if err == nil && f < 0 {
			err = webidl.TypeError("the time is negative")
		}
		return f, err
	}
	name, err := webidl.DOMString(r, v)
	if err != nil {
		return 0, err
	}
	for _, e := range slices.Backward(p.entries) {
		if e.kind == "mark" && e.name == name {
			return e.start, nil
		}
	}
	return 0, webidl.DOMException("SyntaxError", "there is no mark %.100q", name)
}

// clear makes clearMarks or clearMeasures.
func clear(kind string) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		p, err := webidl.This[*Performance](c)
		if err != nil {
			return qjs.Value{}, err
		}
		name, all := "", c.Arg(0).IsUndefined()
		if !all {
			if name, err = webidl.DOMString(c.Realm, c.Arg(0)); err != nil {
				return qjs.Value{}, err
			}
		}
		p.remove(func(e *Entry) bool { return e.kind == kind && (all || e.name == name) })
		return qjs.Undefined(), nil
	}
}

// What a method that gets entries filters by.
const (
	byType = iota + 1
	byName
)

func entries(filter int) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		p, err := webidl.This[*Performance](c)
		if err != nil {
			return qjs.Value{}, err
		}
		name, kind := "", ""
		if filter == byName {
			if name, err = webidl.DOMString(c.Realm, c.Arg(0)); err != nil {
				return qjs.Value{}, err
			}
		}
		if filter == byType || filter == byName && !c.Arg(1).IsUndefined() {
			if kind, err = webidl.DOMString(c.Realm, c.Arg(filter-byType)); err != nil {
				return qjs.Value{}, err
			}
		}
		var found []qjs.Value
		for _, e := range p.entries {
			if (filter != byName || e.name == name) && (kind == "" && filter != byType || e.kind == kind) {
				found = append(found, webidl.ValueOf(e))
			}
		}
		return c.Realm.NewArray(found...), nil
	}
}
