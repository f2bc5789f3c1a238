package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// state is what a realm's console remembers.
type state struct {
	counts map[string]int
	timers map[string]time.Time
	groups int
}

type stateKey struct{}

func stateOf(realm *qjs.Realm) *state {
	return settings.Of(realm).Slot(stateKey{}, func() any {
		return &state{counts: map[string]int{}, timers: map[string]time.Time{}}
	}).(*state)
}

// print hands a text to the sink, indented as deep as groups are open.
//
// https://console.spec.whatwg.org/#printer
func print(realm *qjs.Realm, level, text string) {
	if n := min(stateOf(realm).groups, 32); n > 0 {
		indent := strings.Repeat("  ", n)
		text = indent + strings.ReplaceAll(text, "\n", "\n"+indent)
	}
	settings.Of(realm).Log(level, text)
}

// methods are the members of the namespace.
//
// https://console.spec.whatwg.org/#console-namespace
var methods = []struct {
	name   string
	length int
	run    func(realm *qjs.Realm, args []qjs.Value) error
}{
	{"assert", 0, assert},
	{"clear", 0, func(realm *qjs.Realm, _ []qjs.Value) error { stateOf(realm).groups = 0; return nil }},
	{"debug", 0, logger("debug")},
	{"error", 0, logger("error")},
	{"info", 0, logger("info")},
	{"log", 0, logger("log")},
	{"table", 0, table},
	{"trace", 0, trace},
	{"warn", 0, logger("warn")},
	{"dir", 0, dir},
	{"dirxml", 0, logger("log")},
	{"count", 0, count},
	{"countReset", 0, countReset},
	{"group", 0, group},
	{"groupCollapsed", 0, group},
	{"groupEnd", 0, func(realm *qjs.Realm, _ []qjs.Value) error {
		s := stateOf(realm)
		s.groups = max(0, s.groups-1)
		return nil
	}},
	{"time", 0, startTimer},
	{"timeLog", 0, timer(false)},
	{"timeEnd", 0, timer(true)},
	{"timeStamp", 0, func(*qjs.Realm, []qjs.Value) error { return nil }},
}

var statics = func() []*qjs.Static {
	made := make([]*qjs.Static, len(methods))
	for i, m := range methods {
		made[i] = qjs.NewStatic(m.name, m.length, func(c *qjs.Call) (qjs.Value, error) { return qjs.Undefined(), m.run(c.Realm, c.Args) })
	}
	return made
}()

// Install defines console on the realm's global.
func Install(realm *qjs.Realm) error {
	// For historical reasons its prototype is an empty object.
	console := realm.NewObjectWithPrototype(realm.NewObject())
	for i, m := range methods {
		if err := console.Define(realm, m.name, realm.NewStatic(statics[i]), qjs.Ordinary); err != nil {
			return err
		}
	}
	if err := console.Define(realm, qjs.SymbolToStringTag, realm.String("console"), qjs.Configurable); err != nil {
		return err
	}
	return realm.Global().Define(realm, "console", console, qjs.Hidden)
}

func logger(level string) func(*qjs.Realm, []qjs.Value) error {
	return func(realm *qjs.Realm, args []qjs.Value) error {
		if len(args) > 0 {
			print(realm, level, format(realm, args))
		}
		return nil
	}
}

// assert logs if its first argument is not true.
//
// https://console.spec.whatwg.org/#assert
func assert(realm *qjs.Realm, args []qjs.Value) error {
	if len(args) > 0 && args[0].Bool() {
		return nil
	}
	text := "Assertion failed"
	if len(args) > 1 {
		text += ": " + format(realm, args[1:])
	}
	print(realm, "error", text)
	return nil
}

// trace logs where it was called.
func trace(realm *qjs.Realm, args []qjs.Value) error {
	text := "Trace"
	if len(args) > 0 {
		text += ": " + format(realm, args)
	}
	if stack, err := realm.NewError("Error", "").Get(realm, "stack"); err == nil && stack.IsString() {
		s, _ := stack.ToString(realm)
		text += "\n" + strings.TrimRight(toValid(s), "\n")
	}
	print(realm, "log", text)
	return nil
}

func dir(realm *qjs.Realm, args []qjs.Value) error {
	if len(args) > 0 {
		print(realm, "log", Inspect(realm, args[0]))
	}
	return nil
}

// label is the first argument as a string.
func label(realm *qjs.Realm, args []qjs.Value) (string, error) {
	if len(args) == 0 || args[0].IsUndefined() {
		return "default", nil
	}
	s, err := webidl.DOMString(realm, args[0])
	if len(s) > 1000 {
		s = s[:1000]
	}
	return toValid(s), err
}

// count logs how often it was called with the label.
//
// https://console.spec.whatwg.org/#count
func count(realm *qjs.Realm, args []qjs.Value) error {
	name, err := label(realm, args)
	if err != nil {
		return err
	}
	counts := stateOf(realm).counts
	if len(counts) >= maxLabels {
		clear(counts)
	}
	counts[name]++
	print(realm, "info", fmt.Sprintf("%s: %d", name, counts[name]))
	return nil
}

func countReset(realm *qjs.Realm, args []qjs.Value) error {
	name, err := label(realm, args)
	if err != nil {
		return err
	}
	counts := stateOf(realm).counts
	if _, ok := counts[name]; !ok {
		print(realm, "warn", fmt.Sprintf("Count for '%s' does not exist", name))
		return nil
	}
	delete(counts, name)
	return nil
}

func group(realm *qjs.Realm, args []qjs.Value) error {
	if len(args) > 0 {
		print(realm, "log", format(realm, args))
	}
	stateOf(realm).groups++
	return nil
}

// startTimer starts a timer.
//
// https://console.spec.whatwg.org/#time
func startTimer(realm *qjs.Realm, args []qjs.Value) error {
	name, err := label(realm, args)
	if err != nil {
		return err
	}
	timers := stateOf(realm).timers
	if _, ok := timers[name]; ok {
		print(realm, "warn", fmt.Sprintf("Timer '%s' already exists", name))
		return nil
	}
	if len(timers) >= maxLabels {
		clear(timers)
	}
	timers[name] = time.Now()
	return nil
}

// timer logs how long a timer has been running.
//
// https://console.spec.whatwg.org/#timelog
func timer(end bool) func(*qjs.Realm, []qjs.Value) error {
	return func(realm *qjs.Realm, args []qjs.Value) error {
		name, err := label(realm, args)
		if err != nil {
			return err
		}
		timers := stateOf(realm).timers
		start, ok := timers[name]
		if !ok {
			print(realm, "warn", fmt.Sprintf("Timer '%s' does not exist", name))
			return nil
		}
		text := fmt.Sprintf("%s: %.3f ms", name, float64(time.Since(start).Microseconds())/1000)
		if !end && len(args) > 1 {
			text += " " + format(realm, args[1:])
		}
		if end {
			delete(timers, name)
		}
		print(realm, "info", text)
		return nil
	}
}
