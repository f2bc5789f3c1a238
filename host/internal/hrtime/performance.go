// Package hrtime is High Resolution Time and, in a small way, User Timing and Resource Timing: the
// object performance.
//
// # Standard
//
// https://w3c.github.io/hr-time/ and https://w3c.github.io/user-timing/ as of 2026-08-21.
//
// # Limits
//
// Of all entries the last [maxEntries] are kept.
//
// FIXME: PerformanceObserver; entries of other kinds than marks, measures and what fetch() and
// XMLHttpRequest load.
package hrtime

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

const maxEntries = 10_000

// Performance is the interface Performance.
//
// https://w3c.github.io/hr-time/#dom-performance
type Performance struct {
	event.Target
	entries   []*Entry
	resources int // how many entries of resources are kept
	memory    settings.Memory
}

type performanceKey struct{}

// Attributes are those of WindowOrWorkerGlobalScope.
var Attributes = []webidl.Attribute{
	{Name: "performance", Replaceable: true, Get: func(c *qjs.Call) (qjs.Value, error) {
		return webidl.Wrap(c.Realm, PerformanceInterface, of(c.Realm)), nil
	}},
}

// of returns the realm's object.
func of(realm *qjs.Realm) *Performance {
	return settings.Of(realm).Slot(performanceKey{}, func() any {
		p := &Performance{resources: defaultResources}
		settings.Of(realm).OnDestroy(func() { p.remove(func(*Entry) bool { return true }) })
		return p
	}).(*Performance)
}

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{PerformanceInterface, EntryInterface, MarkInterface, MeasureInterface, ResourceInterface}
}

// PerformanceInterface is the interface Performance.
var PerformanceInterface = &webidl.Interface{
	Name: "Performance", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "timeOrigin", Get: webidl.Getter(func(_ *qjs.Realm, p *Performance) (qjs.Value, error) {
			return qjs.Number(float64(settings.Of(p.Realm()).TimeOrigin.UnixMicro()) / 1000), nil
		})},
	},
	Operations: []webidl.Operation{
		{Name: "now", Func: webidl.Getter(func(_ *qjs.Realm, p *Performance) (qjs.Value, error) {
			return qjs.Number(p.now()), nil
		})},
		{Name: "toJSON", Func: webidl.Getter(func(r *qjs.Realm, p *Performance) (qjs.Value, error) {
			origin := float64(settings.Of(p.Realm()).TimeOrigin.UnixMicro()) / 1000
			return object(r, member{"timeOrigin", qjs.Number(origin)})
		})},
		{Name: "mark", Length: 1, Func: mark},
		{Name: "measure", Length: 1, Func: measure},
		{Name: "clearMarks", Func: clear("mark")},
		{Name: "clearMeasures", Func: clear("measure")},
		{Name: "clearResourceTimings", Func: webidl.Method(clearResourceTimings)},
		{Name: "setResourceTimingBufferSize", Length: 1, Func: webidl.Method(setResourceTimingBufferSize)},
		{Name: "getEntries", Func: entries(0)},
		{Name: "getEntriesByType", Length: 1, Func: entries(byType)},
		{Name: "getEntriesByName", Length: 1, Func: entries(byName)},
	},
}

// now is the current high resolution time.
//
// https://w3c.github.io/hr-time/#dfn-current-high-resolution-time
func (p *Performance) now() float64 { return settings.Of(p.Realm()).Now() }

type member struct {
	name  string
	value qjs.Value
}

// object makes an object with the members.
func object(r *qjs.Realm, members ...member) (qjs.Value, error) {
	o := r.NewObject()
	for _, m := range members {
		if err := o.Define(r, m.name, m.value, qjs.Ordinary); err != nil {
			return qjs.Value{}, err
		}
	}
	return o, nil
}
