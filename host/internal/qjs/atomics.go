package qjs

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// The engine's Atomics.wait and Atomics.notify cannot be interrupted, so every realm gets
// these instead.

// waiters are the process's waiters, by the address at which they wait.
//
// Source: https://tc39.es/ecma262/#sec-waiterlist-objects
var waiters struct {
	sync.Mutex
	at map[uintptr][]chan struct{}
}

var (
	atomicsWait   = NewStatic("wait", 4, waitAtomics)
	atomicsNotify = NewStatic("notify", 3, notifyAtomics)
)

func (r *Realm) prepareAtomics(global Value) {
	atomics := r.property(global, r.rt.internedAtom("Atomics"))
	_ = atomics.Define(r, "wait", r.NewStatic(atomicsWait), Hidden)
	_ = atomics.Define(r, "notify", r.NewStatic(atomicsNotify), Hidden)
}

// waitAtomics suspends the agent until it is notified, the time is over, or script is interrupted.
//
// Source: https://tc39.es/ecma262/#sec-atomics.wait
func waitAtomics(c *Call) (Value, error) {
	realm, rt := c.Realm, c.Realm.rt
	address, wide, err := atomicsAddress(c, true)
	if err != nil {
		return Value{}, err
	}
	var expected int64
	if wide {
		if expected, err = c.Arg(2).ToBigInt64(realm); err != nil {
			return Value{}, err
		}
	} else {
		n, err := c.Arg(2).ToInt32(realm)
		if err != nil {
			return Value{}, err
		}
		expected = int64(n)
	}
	timeout, err := c.Arg(3).ToNumber(realm)
	if err != nil {
		return Value{}, err
	}
	if math.IsNaN(timeout) {
		timeout = math.Inf(1)
	}
	if !rt.canBlock {
		return Value{}, TypeError("cannot block in this thread")
	}
	notified := make(chan struct{})
	waiters.Lock()
	if loadAtomics(address, wide) != expected {
		waiters.Unlock()
		return realm.String("not-equal"), nil
	}
	if waiters.at == nil {
		waiters.at = map[uintptr][]chan struct{}{}
	}
	waiters.at[address] = append(waiters.at[address], notified)
	waiters.Unlock()
	result, err := rt.await(notified, timeout)
	if forgetWaiter(address, notified) || err != nil {
		return realm.String(result), err
	}
	return realm.String("ok"), nil // notified, if only in the last moment
}

// await waits for the first of three things.
func (rt *Runtime) await(notified <-chan struct{}, milliseconds float64) (result string, err error) {
	var expired <-chan time.Time
	if limit := float64(math.MaxInt64/int64(time.Millisecond) - 1); milliseconds < limit {
		timer := time.NewTimer(time.Duration(max(milliseconds, 0) * float64(time.Millisecond)))
		defer timer.Stop()
		expired = timer.C
	}
	if started := time.Now(); !rt.started.IsZero() {
		defer func() { rt.started = rt.started.Add(time.Since(started)) }() // waiting is not running
	}
	for {
		if reason := rt.interrupt.Load(); reason != nil {
			return "", &Termination{*reason}
		}
		select {
		case <-notified:
			return "ok", nil
		case <-expired:
			return "timed-out", nil
		case <-rt.wake:
		}
	}
}

// forgetWaiter takes a waiter from the list; false if a notification had done so.
func forgetWaiter(address uintptr, waiter chan struct{}) bool {
	waiters.Lock()
	defer waiters.Unlock()
	list := waiters.at[address]
	for i, w := range list {
		if w == waiter {
			setWaiters(address, append(list[:i:i], list[i+1:]...))
			return true
		}
	}
	return false
}

func setWaiters(address uintptr, list []chan struct{}) {
	if len(list) == 0 {
		delete(waiters.at, address)
	} else {
		waiters.at[address] = list
	}
}

// notifyAtomics wakes waiters in the order in which they began to wait.
//
// Source: https://tc39.es/ecma262/#sec-atomics.notify
func notifyAtomics(c *Call) (Value, error) {
	address, _, err := atomicsAddress(c, false)
	if err != nil {
		return Value{}, err
	}
	count := math.Inf(1)
	if !c.Arg(2).IsUndefined() {
		if count, err = c.Arg(2).ToNumber(c.Realm); err != nil {
			return Value{}, err
		}
		if math.IsNaN(count) {
			count = 0
		}
		count = max(math.Trunc(count), 0)
	}
	if address == 0 { // not shared: nobody can wait
		return Int(0), nil
	}
	waiters.Lock()
	defer waiters.Unlock()
	list := waiters.at[address]
	n := len(list)
	if float64(n) > count {
		n = int(count)
	}
	for _, w := range list[:n] {
		close(w)
	}
	if n > 0 {
		setWaiters(address, list[n:])
	}
	return Int(int32(n)), nil
}

// atomicsAddress validates the typed array and the index. address is 0 where the memory
// is not shared.
//
// Source: https://tc39.es/ecma262/#sec-validateatomicaccess
func atomicsAddress(c *Call, mustShare bool) (address uintptr, wide bool, err error) {
	array := c.Arg(0)
	class := array.Class()
	if class != ClassInt32Array && class != ClassBigInt64Array {
		return 0, false, TypeError("integer TypedArray expected")
	}
	view, _ := array.View(c.Realm)
	shared := view.Buffer.Class() == ClassSharedArrayBuffer
	if view.OutOfBounds {
		return 0, false, TypeError("the TypedArray is out of bounds")
	}
	if mustShare && !shared {
		return 0, false, TypeError("not a SharedArrayBuffer TypedArray")
	}
	index, err := c.Arg(1).ToNumber(c.Realm)
	if err != nil {
		return 0, false, err
	}
	if index = math.Trunc(index); math.IsNaN(index) {
		index = 0
	}
	if index < 0 || index >= float64(view.Length/class.ElementSize()) {
		return 0, false, RangeError("out-of-bound access")
	}
	if !shared {
		return 0, class == ClassBigInt64Array, nil
	}
	return arrayBuffer(view.Buffer).Fdata + uintptr(view.Offset) + uintptr(index)*uintptr(class.ElementSize()), class == ClassBigInt64Array,
		nil
}

func loadAtomics(address uintptr, wide bool) int64 {
	if wide {
		return atomic.LoadInt64((*int64)(unsafe.Add(nil, address)))
	}
	return int64(atomic.LoadInt32((*int32)(unsafe.Add(nil, address))))
}
