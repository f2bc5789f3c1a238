package eventloop

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Clock{Now: time.Now, AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }})
		var mu sync.Mutex
		var told []bool
		l.OnQuiet(func(quiet bool) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, quiet)
		})
		check := func(want ...bool) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(told, want) {
				t.Errorf("told %v, want %v", told, want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		check(true)
		l.QueueTask(Networking, nil, func() {})
		check(true, false, true)
		if _, err := l.RunAfter(nil, time.Minute, func() {}); err != nil {
			t.Fatal(err)
		}
		check(true, false, true, false) // a timer is something that will happen
		time.Sleep(2 * time.Minute)
		check(true, false, true, false, true)
		cancel()
		<-done
	})
}

// SPEC 99
func TestMicrotasksOfAnEngine(t *testing.T) {
	l := New(Clock{})
	var jobs []func()
	var got []string
	l.SetMicrotasks(Microtasks{
		Queue: func(steps func()) { jobs = append(jobs, steps) },
		Perform: func() {
			for len(jobs) > 0 {
				job := jobs[0]
				jobs = jobs[1:]
				job()
			}
			got = append(got, "checkpoint")
		},
	})
	l.QueueTask(Networking, nil, func() {
		l.QueueMicrotask(func() {
			got = append(got, "microtask")
			l.PerformMicrotaskCheckpoint() // no effect inside one
		})
		got = append(got, "task")
	})
	l.Step()
	if want := []string{"checkpoint", "task", "microtask", "checkpoint"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
