package timers

import (
	"maps"
	"slices"
	"time"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// frames is the animation frame callbacks, or the idle callbacks, of a window.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#list-of-animation-frame-callbacks
type frames struct {
	settings  *settings.Object
	last      uint32
	callbacks map[uint32]*webidl.Callback
	done      func() // while a frame is to come
	stop      func()
}

type (
	animationKey struct{}
	idleKey      struct{}
)

func framesOf(realm *qjs.Realm, key any) *frames {
	s := settings.Of(realm)
	return s.Slot(key, func() any {
		f := &frames{settings: s, callbacks: map[uint32]*webidl.Callback{}}
		s.OnDestroy(func() {
			for id := range f.callbacks {
				f.cancel(id)
			}
		})
		return f
	}).(*frames)
}

// FrameOperations are the methods of windows and dedicated workers.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#animationframeprovider
var FrameOperations = []webidl.Operation{
	{Name: "requestAnimationFrame", Length: 1, Func: request(animationKey{}, animate)},
	{Name: "cancelAnimationFrame", Length: 1, Func: cancel(animationKey{})},
}

// WindowOperations are the methods that only windows have, besides FrameOperations.
var WindowOperations = []webidl.Operation{
	{Name: "requestIdleCallback", Length: 1, Func: request(idleKey{}, idle)},
	{Name: "cancelIdleCallback", Length: 1, Func: cancel(idleKey{})},
}

// request adds a callback for the next frame. There is nothing to draw and nothing that makes a
// host busy for long, so idle callbacks come as often as frames do.
func request(key any, argument func(*frames) qjs.Value) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		callback, err := webidl.CallbackFunction(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		f := framesOf(c.Realm, key)
		if f.settings.Gone() {
			return qjs.Int(0), nil
		}
		if len(f.callbacks) >= MaxTimers {
			callback.Free()
			return qjs.Value{}, webidl.RangeError("a page may have %d callbacks", MaxTimers)
		}
		f.last++
		f.callbacks[f.last] = callback
		if f.done == nil {
			f.done = f.settings.Pending()
			f.stop = f.settings.RunAfter(frame, func() { f.run(argument) })
		}
		return qjs.Number(float64(f.last)), nil
	}
}

// run runs the callbacks that were there when the frame began.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#run-the-animation-frame-callbacks
func (f *frames) run(argument func(*frames) qjs.Value) {
	done := f.done
	f.done = nil
	defer done()
	v := argument(f)
	for _, id := range slices.Sorted(maps.Keys(f.callbacks)) {
		if callback := f.callbacks[id]; callback != nil {
			delete(f.callbacks, id)
			callback.Report(qjs.Undefined(), v)
			callback.Free()
		}
	}
}

func cancel(key any) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		id, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		framesOf(c.Realm, key).cancel(id)
		return qjs.Undefined(), nil
	}
}

func (f *frames) cancel(id uint32) {
	callback := f.callbacks[id]
	if callback == nil {
		return
	}
	delete(f.callbacks, id)
	callback.Free()
	if len(f.callbacks) == 0 && f.done != nil {
		f.stop()
		f.done()
		f.done = nil
	}
}

// animate is the argument of animation frame callbacks: now.
func animate(f *frames) qjs.Value { return qjs.Number(f.settings.Now()) }

// IdleDeadline says how long an idle callback may take.
//
// https://w3c.github.io/requestidlecallback/#the-idledeadline-interface
type IdleDeadline struct {
	webidl.Platform
	end time.Time
}

// IdleDeadlineInterface is the interface IdleDeadline.
var IdleDeadlineInterface = &webidl.Interface{
	Name: "IdleDeadline", Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		{Name: "didTimeout", Get: webidl.Getter(func(*qjs.Realm, *IdleDeadline) (qjs.Value, error) { return qjs.Bool(false), nil })},
	},
	Operations: []webidl.Operation{
		{Name: "timeRemaining", Func: webidl.Getter(func(_ *qjs.Realm, d *IdleDeadline) (qjs.Value, error) {
			return qjs.Number(max(0, float64(time.Until(d.end).Microseconds())/1000)), nil
		})},
	},
}

func idle(f *frames) qjs.Value {
	return webidl.Wrap(f.settings.Realm, IdleDeadlineInterface, &IdleDeadline{end: time.Now().Add(50 * time.Millisecond)})
}
