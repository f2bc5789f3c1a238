package event

import (
	"math"
	"time"
	"weak"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// AbortController is https://dom.spec.whatwg.org/#interface-abortcontroller.
type AbortController struct {
	webidl.Platform
	signal *AbortSignal
	held   *qjs.Ref // the signal's wrapper
}

// Trace implements [qjs.Tracer].
func (a *AbortController) Trace(visit func(*qjs.Ref)) { visit(a.held) }

// AbortControllerInterface is the interface of [AbortController].
var AbortControllerInterface = &webidl.Interface{
	Name: "AbortController", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		a := &AbortController{signal: newAbortSignal(c.Realm)}
		a.held = c.Runtime().NewRef(webidl.ValueOf(a.signal))
		return a, nil
	},
	Attributes: []webidl.Attribute{{
		Name: "signal",
		Get:  webidl.Getter(func(_ *qjs.Realm, a *AbortController) (qjs.Value, error) { return webidl.ValueOf(a.signal), nil }),
	}},
	Operations: []webidl.Operation{{Name: "abort", Func: webidl.Method(func(c *qjs.Call, a *AbortController) (qjs.Value, error) {
		a.signal.Abort(c.Realm, c.Arg(0))
		return qjs.Value{}, nil
	})}},
}

// AbortSignal is https://dom.spec.whatwg.org/#interface-AbortSignal.
type AbortSignal struct {
	Target
	aborted    bool
	reason     *qjs.Ref
	algorithms []*algorithm
	dependents []weak.Pointer[AbortSignal]
	sources    []*AbortSignal
	held       map[*AbortSignal]*qjs.Ref // dependents with listeners: they live as long as their source
	waits      bool                      // for a timeout
	kept       bool                      // its wrapper is kept because it waits and has listeners
}

// algorithm is an abort algorithm.
type algorithm struct{ steps func() }

// Trace implements [qjs.Tracer].
func (s *AbortSignal) Trace(visit func(*qjs.Ref)) {
	s.Target.Trace(visit)
	visit(s.reason)
	for _, ref := range s.held {
		visit(ref)
	}
}

func newAbortSignal(realm *qjs.Realm) *AbortSignal {
	s := &AbortSignal{}
	webidl.Init(s, realm, AbortSignalInterface)
	return s
}

// Aborted reports whether the signal is aborted.
func (s *AbortSignal) Aborted() bool { return s.aborted }

// Reason returns the abort reason, undefined before.
func (s *AbortSignal) Reason() qjs.Value { return s.reason.Value() }

// Add adds an abort algorithm, which an aborted signal does not call; remove takes it away.
//
// https://dom.spec.whatwg.org/#abortsignal-add
func (s *AbortSignal) Add(steps func()) (remove func()) {
	if s.aborted {
		return func() {}
	}
	a := &algorithm{steps}
	s.algorithms = append(s.algorithms, a)
	s.ListenersChanged("abort")
	return func() {
		for i, other := range s.algorithms {
			if other == a {
				s.algorithms = append(s.algorithms[:i:i], s.algorithms[i+1:]...)
				return
			}
		}
	}
}

// ListenersChanged keeps the signal while it has listeners and may still be aborted.
//
// https://dom.spec.whatwg.org/#abort-signal-garbage-collection
func (s *AbortSignal) ListenersChanged(string) {
	wanted := !s.aborted && (s.HasListener("abort") || len(s.algorithms) > 0)
	for _, source := range s.sources {
		ref := source.held[s]
		switch {
		case wanted && ref == nil:
			if source.held == nil {
				source.held = map[*AbortSignal]*qjs.Ref{}
			}
			source.held[s] = s.Realm().Runtime().NewRef(webidl.ValueOf(s))
		case !wanted && ref != nil:
			delete(source.held, s)
			ref.Free()
		}
	}
	if keep := s.waits && wanted; keep != s.kept {
		if s.kept = keep; keep {
			webidl.Keep(s)
		} else {
			webidl.Unkeep(s)
		}
	}
	if s.waits && wanted {
		for _, source := range s.sources {
			source.ListenersChanged("abort")
		}
	}
}

// Abort signals abort: undefined is an AbortError.
//
// https://dom.spec.whatwg.org/#abortsignal-signal-abort
func (s *AbortSignal) Abort(realm *qjs.Realm, reason qjs.Value) {
	// 1. to 3. The reason is the same for the signals that depend on it.
	if s.aborted {
		return
	}
	if reason.IsUndefined() {
		reason = webidl.NewDOMException(realm, "AbortError", "signal is aborted without reason")
	}
	s.setAborted(reason)
	// 4. and 5. All are aborted before any script runs.
	all := []*AbortSignal{s}
	for _, w := range s.dependents {
		if dependent := w.Value(); dependent != nil && !dependent.aborted {
			dependent.setAborted(reason)
			all = append(all, dependent)
		}
	}
	// 6. and 7. Run the abort steps.
	for _, signal := range all {
		webidl.Keep(signal)
	}
	for _, signal := range all {
		algorithms := signal.algorithms
		signal.algorithms = nil
		for _, a := range algorithms {
			a.steps()
		}
		Fire(signal, "abort", Init{})
		signal.ListenersChanged("abort")
	}
	for _, signal := range all {
		webidl.Unkeep(signal)
	}
	s.dependents = nil
}

func (s *AbortSignal) setAborted(reason qjs.Value) {
	webidl.ValueOf(s) // its wrapper owns the reason
	s.aborted, s.reason = true, s.Realm().Runtime().NewRef(reason)
}

// dependOn makes a new signal depend on another, or on the signals that the other depends on.
//
// https://dom.spec.whatwg.org/#create-a-dependent-abort-signal, step 4
func (s *AbortSignal) dependOn(source *AbortSignal) {
	if len(source.sources) > 0 {
		for _, of := range source.sources {
			s.dependOn(of)
		}
		return
	}
	for _, already := range s.sources {
		if already == source {
			return
		}
	}
	s.waits = s.waits || source.waits
	s.sources = append(s.sources, source)
	source.dependents = append(source.dependents, weak.Make(s))
}

// AbortSignalInterface is the interface of [AbortSignal].
var AbortSignalInterface = &webidl.Interface{
	Name: "AbortSignal", Parent: EventTargetInterface, Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		attribute("aborted", func(_ *qjs.Realm, s *AbortSignal) qjs.Value { return qjs.Bool(s.aborted) }),
		attribute("reason", func(_ *qjs.Realm, s *AbortSignal) qjs.Value { return s.reason.Value() }),
		HandlerAttribute("abort"),
	},
	Operations: []webidl.Operation{{Name: "throwIfAborted", Func: webidl.Method(func(c *qjs.Call, s *AbortSignal) (qjs.Value, error) {
		if s.aborted {
			return qjs.Value{}, c.Realm.NewException(s.reason.Value())
		}
		return qjs.Value{}, nil
	})}},
}

// The static operations make signals, so the table cannot be initialized with them.
func init() {
	AbortSignalInterface.Statics = []webidl.Operation{
		{Name: "abort", Func: func(c *qjs.Call) (qjs.Value, error) {
			s := newAbortSignal(c.Realm)
			reason := c.Arg(0)
			if reason.IsUndefined() {
				reason = webidl.NewDOMException(c.Realm, "AbortError", "signal is aborted without reason")
			}
			s.setAborted(reason)
			return webidl.ValueOf(s), nil
		}},
		{Name: "timeout", Length: 1, Func: abortTimeout},
		{Name: "any", Length: 1, Func: abortAny},
	}
}

// abortTimeout is https://dom.spec.whatwg.org/#dom-abortsignal-timeout.
func abortTimeout(c *qjs.Call) (qjs.Value, error) {
	milliseconds, err := webidl.EnforceRange[uint64](c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	realm, s := c.Realm, newAbortSignal(c.Realm)
	s.waits = true
	after := time.Duration(min(milliseconds, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
	settings.Of(realm).RunAfter(after, func() {
		s.Abort(realm, webidl.NewDOMException(realm, "TimeoutError", "signal timed out"))
	})
	return webidl.ValueOf(s), nil
}

// abortAny is https://dom.spec.whatwg.org/#dom-abortsignal-any.
func abortAny(c *qjs.Call) (qjs.Value, error) {
	signals, err := webidl.SequenceOf(webidl.To[*AbortSignal]("AbortSignal"))(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	s := newAbortSignal(c.Realm)
	for _, signal := range signals {
		if signal.aborted {
			s.setAborted(signal.reason.Value())
			return webidl.ValueOf(s), nil
		}
	}
	for _, signal := range signals {
		s.dependOn(signal)
	}
	return webidl.ValueOf(s), nil
}
