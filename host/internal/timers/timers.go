package timers

import (
	"time"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// timerMap is the timers of a global.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#map-of-settimeout-and-setinterval-ids
type timerMap struct {
	settings *settings.Object
	last     int32
	active   map[int32]*timer
	nesting  int // of the timer that is running
}

// timer is a call that is to come.
type timer struct {
	id       int32
	callback *webidl.Callback // nil: source
	source   string
	args     []*qjs.Ref
	repeat   bool
	delay    time.Duration
	nesting  int
	stop     func()
	done     func() // the host need not wait for it any more
}

type timersKey struct{}

func timersOf(realm *qjs.Realm) *timerMap {
	s := settings.Of(realm)
	return s.Slot(timersKey{}, func() any {
		m := &timerMap{settings: s, active: map[int32]*timer{}}
		s.OnDestroy(m.clearAll)
		return m
	}).(*timerMap)
}

func (m *timerMap) clearAll() {
	for id := range m.active {
		m.clear(id)
	}
}

// Operations are the methods of WindowOrWorkerGlobalScope.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#windoworworkerglobalscope-mixin
var Operations = []webidl.Operation{
	{Name: "setTimeout", Length: 1, Func: set(false)},
	{Name: "clearTimeout", Func: clearTimer},
	{Name: "setInterval", Length: 1, Func: set(true)},
	{Name: "clearInterval", Func: clearTimer},
}

// set makes setTimeout or setInterval.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timer-initialisation-steps
func set(repeat bool) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		m := timersOf(c.Realm)
		t := &timer{repeat: repeat}
		var err error
		// 1. The handler is a function, or the source of a script.
		if c.Arg(0).IsFunction() {
			t.callback, err = webidl.CallbackFunction(c.Realm, c.Arg(0))
		} else {
			t.source, err = webidl.DOMString(c.Realm, c.Arg(0))
		}
		if err != nil {
			return qjs.Value{}, err
		}
		// 2. The delay is not negative, and not too short for timers that set timers.
		delay := int32(0)
		if len(c.Args) > 1 {
			if delay, err = webidl.Long(c.Realm, c.Arg(1)); err != nil {
				return qjs.Value{}, err
			}
		}
		if m.settings.Gone() {
			return qjs.Int(0), nil // it will never run
		}
		if len(m.active) >= MaxTimers {
			return qjs.Value{}, webidl.RangeError("a page may have %d timers", MaxTimers)
		}
		t.delay = time.Duration(max(delay, 0)) * time.Millisecond
		t.nesting = m.nesting
		// 3. The further arguments are the handler's.
		for i := 2; i < len(c.Args); i++ {
			t.args = append(t.args, c.Runtime().NewRef(c.Args[i]))
		}
		// 4. Remember it and let it run.
		t.id = m.newID()
		m.active[t.id] = t
		t.done = m.settings.Pending()
		m.start(t)
		return qjs.Int(t.id), nil
	}
}

// newID returns a number that no timer has.
func (m *timerMap) newID() int32 {
	for {
		if m.last++; m.last <= 0 {
			m.last = 1
		}
		if m.active[m.last] == nil {
			return m.last
		}
	}
}

func (m *timerMap) start(t *timer) {
	delay := t.delay
	if t.nesting > maxNesting {
		delay = max(delay, minDelay)
	}
	t.nesting++
	t.stop = m.settings.RunAfter(delay, func() { m.fire(t) })
}

// fire runs a timer's handler.
func (m *timerMap) fire(t *timer) {
	if m.active[t.id] != t {
		return // cleared while its task waited
	}
	m.nesting = t.nesting
	m.call(t)
	m.nesting = 0
	if m.active[t.id] != t {
		return
	}
	if t.repeat {
		m.start(t)
		return
	}
	m.clear(t.id)
}

func (m *timerMap) call(t *timer) {
	if t.callback == nil {
		// DEVIATION: the script's URL is that of the page, whoever set the timer.
		m.settings.RunScript(func() error {
			_, err := m.settings.Realm.Eval(t.source, m.settings.BaseURL())
			return err
		})
		return
	}
	args := make([]qjs.Value, len(t.args))
	for i, ref := range t.args {
		args[i] = ref.Value()
	}
	t.callback.Report(m.settings.Realm.Global(), args...)
}

// clearTimer is clearTimeout and clearInterval.
func clearTimer(c *qjs.Call) (qjs.Value, error) {
	id := int32(0)
	if len(c.Args) > 0 {
		var err error
		if id, err = webidl.Long(c.Realm, c.Arg(0)); err != nil {
			return qjs.Value{}, err
		}
	}
	timersOf(c.Realm).clear(id)
	return qjs.Undefined(), nil
}

func (m *timerMap) clear(id int32) {
	t := m.active[id]
	if t == nil {
		return
	}
	delete(m.active, id)
	t.stop()
	t.callback.Free()
	for _, ref := range t.args {
		ref.Free()
	}
	t.done()
}
