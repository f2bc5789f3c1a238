package hrtime

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// defaultResources is how many resource entries are kept unless script wants another number.
//
// https://w3c.github.io/resource-timing/#dfn-resource-timing-buffer-size-limit
const defaultResources = 250

// Resource is a resource that was fetched.
//
// https://w3c.github.io/resource-timing/#sec-performanceresourcetiming
//
// DEVIATION: what lies between the beginning and the end of a fetch is not measured: the request
// begins when the fetch does. For what came from another origin it is 0, as the standard wants.
type Resource struct {
	URL        string
	Initiator  string  // "fetch", "xmlhttprequest", ...
	Start, End float64 // times of [settings.Object.Now]
	Size       int     // of the body
	Status     int
	Foreign    bool // of another origin that did not allow it to be looked at
}

// AddResource adds an entry for a resource, if there is room.
//
// https://w3c.github.io/resource-timing/#dfn-add-a-performanceresourcetiming-entry
func AddResource(s *settings.Object, resource Resource) {
	if s.Gone() {
		return
	}
	p := of(s.Realm)
	n := 0
	for _, e := range p.entries {
		if e.kind == "resource" {
			n++
		}
	}
	if n >= p.resources {
		return
	}
	e := &Entry{name: resource.URL, kind: "resource", start: resource.Start, duration: resource.End - resource.Start, resource: &resource}
	_, _ = p.add(s.Realm, ResourceInterface, e) // no memory, no entry
}

func resourceTime(name string, get func(*Resource) float64) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(_ *qjs.Realm, e *Entry) (qjs.Value, error) {
		if e.resource == nil {
			return qjs.Value{}, webidl.TypeError("Illegal invocation")
		}
		return qjs.Number(get(e.resource)), nil
	})}
}

func begin(r *Resource) float64 {
	if r.Foreign {
		return 0
	}
	return r.Start
}

func zero(*Resource) float64 { return 0 }

// ResourceInterface is the interface PerformanceResourceTiming.
var ResourceInterface = &webidl.Interface{
	Name: "PerformanceResourceTiming", Parent: EntryInterface, Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "initiatorType", Get: webidl.Getter(func(r *qjs.Realm, e *Entry) (qjs.Value, error) {
			if e.resource == nil {
				return qjs.Value{}, webidl.TypeError("Illegal invocation")
			}
			return r.String(e.resource.Initiator), nil
		})},
		resourceTime("workerStart", zero), resourceTime("redirectStart", zero), resourceTime("redirectEnd", zero),
		resourceTime("fetchStart", func(r *Resource) float64 { return r.Start }),
		resourceTime("domainLookupStart", begin), resourceTime("domainLookupEnd", begin),
		resourceTime("connectStart", begin), resourceTime("connectEnd", begin), resourceTime("secureConnectionStart", zero),
		resourceTime("requestStart", begin), resourceTime("responseStart", begin),
		resourceTime("responseEnd", func(r *Resource) float64 { return r.End }),
		resourceTime("encodedBodySize", size), resourceTime("decodedBodySize", size), resourceTime("transferSize", size),
		resourceTime("responseStatus", func(r *Resource) float64 { return float64(r.Status) }),
	},
}

func size(r *Resource) float64 {
	if r.Foreign {
		return 0
	}
	return float64(r.Size)
}

// remove removes the entries that are chosen.
func (p *Performance) remove(chosen func(*Entry) bool) {
	p.entries = slices.DeleteFunc(p.entries, func(e *Entry) bool {
		gone := chosen(e)
		if gone {
			webidl.Unkeep(e)
		}
		return gone
	})
}

func clearResourceTimings(_ *qjs.Call, p *Performance) (qjs.Value, error) {
	p.remove(func(e *Entry) bool { return e.kind == "resource" })
	return qjs.Undefined(), nil
}

func setResourceTimingBufferSize(c *qjs.Call, p *Performance) (qjs.Value, error) {
	n, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	p.resources = int(min(n, maxEntries))
	return qjs.Undefined(), nil
}
