package host

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// errAgentClosed is why a script ends whose page or worker is closed.
var errAgentClosed = errors.New("host: the page or worker was closed")

// agent is one goroutine with an event loop and a heap of the engine. Everything that is made of
// the runtime belongs to the goroutine.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#agents-and-agent-clusters
type agent struct {
	host     *Host
	entangle *entangle.Agent
	loop     *eventloop.Loop
	runtime  *qjs.Runtime
	ctx      context.Context // done when the agent is to end
	cancel   context.CancelFunc
	done     chan struct{} // closed when the goroutine has ended

	// Owned by the agent's goroutine.
	realms     []*qjs.Realm // those that were not closed
	rejections *event.Rejections
	atEnd      []func()
	windows    windowProxies
	nodes      *dom.Agent

	quiet atomic.Bool // set with the loop's lock held

	// Of an agent of windows; guarded by Host.mu.
	group     *group
	origin    entangle.Origin
	documents int // how many it has or is about to get
}

// agentOptions say what an agent is.
type agentOptions struct {
	canBlock bool   // Atomics.wait may block it: a worker
	atEnd    func() // called on the agent's goroutine when the loop has ended; nil: nothing
}

// newAgent makes an agent and starts its goroutine.
func (h *Host) newAgent(options agentOptions) *agent {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.newAgentLocked(options)
}

func (h *Host) newAgentLocked(options agentOptions) *agent {
	a := &agent{host: h, entangle: h.userAgent.NewAgent(), done: make(chan struct{}), windows: windowProxies{},
		nodes: dom.NewAgent(int64(max(h.options.MemoryLimit, 0)))}
	a.loop = a.entangle.Loop()
	a.runtime = qjs.NewRuntime(qjs.Options{
		MemoryLimit: h.options.MemoryLimit, StackSize: h.options.StackSize, CanBlock: options.canBlock,
	})
	a.runtime.SetTimeLimit(h.options.ScriptTimeout)
	a.runtime.OnFailure(a.fail)
	a.prepareModules()
	a.rejections = event.TrackRejections(a.runtime)
	a.ctx, a.cancel = context.WithCancel(h.ctx)
	a.loop.SetMicrotasks(eventloop.Microtasks{Queue: a.queueMicrotask, Perform: a.performMicrotasks})
	a.loop.OnQuiet(a.setQuiet)
	h.activity.begin()
	h.agents[a] = struct{}{}
	if options.atEnd != nil {
		a.onClose(options.atEnd)
	}
	go a.run()
	return a
}

// setQuiet is told by the loop. The loop's lock is held.
func (a *agent) setQuiet(quiet bool) {
	if a.quiet.Swap(quiet) == quiet {
		return
	}
	if quiet {
		a.host.activity.end()
	} else {
		a.host.activity.begin()
	}
}

// run is the agent's goroutine.
func (a *agent) run() {
	defer close(a.done)
	for a.ctx.Err() == nil {
		a.runTasks()
	}
	a.runtime.ClearInterrupt()
	if a.runtime.Closed() {
		a.discardWindows()
	}
	a.host.endWindows(a)
	for _, f := range a.atEnd {
		f()
	}
	a.runtime.Close()
	a.setQuiet(true) // the loop does not tell any more
	h := a.host
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.agents, a)
	h.agentEnded.Broadcast()
}

// runTasks runs the agent's tasks until it is closed. A bug of the host, which panics, ends only
// the task that it is in; a failure of the engine ends the agent.
func (a *agent) runTasks() {
	defer func() {
		if p := recover(); p != nil && !a.runtime.Failed(p) && a.ctx.Err() == nil {
			a.host.tell(ScriptError{Message: fmt.Sprintf("the host has failed: %v", p), Stack: string(debug.Stack())})
		}
	}()
	_ = a.entangle.Run(a.ctx) // until the agent is closed
}

// close ends the agent: its script, its loop, its runtime. It does not wait for that. Any
// goroutine may call it.
func (a *agent) close() {
	a.cancel()
	a.runtime.Interrupt(errAgentClosed)
}

// onClose calls f on the agent's goroutine when the loop has ended. Only from the
// agent's goroutine.
func (a *agent) onClose(f func()) { a.atEnd = append(a.atEnd, f) }

// post queues a task without a document. It runs in an open scope.
func (a *agent) post(steps func()) { a.postTo(eventloop.Networking, nil, steps) }

// postTo queues a task. It runs in an open scope.
func (a *agent) postTo(source eventloop.TaskSource, document *eventloop.Document, steps func()) {
	a.loop.QueueTask(source, document, func() {
		defer a.runtime.Enter()()
		steps()
	})
}

// queueMicrotask is the loop's queue a microtask.
func (a *agent) queueMicrotask(steps func()) {
	if len(a.realms) == 0 {
		steps() // no script that could see the order
		return
	}
	a.runtime.EnqueueJob(a.realms[0], steps)
}

// performMicrotasks runs the engine's jobs: promise reactions and what was queued beside them. The
// checkpoint has the time that a script has; what is left then waits for the next one, so that
// promises that never end do not stop everything else.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#perform-a-microtask-checkpoint
func (a *agent) performMicrotasks() {
	var deadline time.Time
	for n := 1; a.runtime.HasJobs() && a.ctx.Err() == nil; n++ {
		scope := a.runtime.OpenScope()
		if ran, err := a.runtime.RunJob(); err != nil {
			a.reportJob(err)
		} else if !ran {
			scope.Close()
			break
		}
		scope.Close()
		if n%1024 == 0 && a.host.options.ScriptTimeout > 0 {
			if now := time.Now(); deadline.IsZero() {
				deadline = now.Add(a.host.options.ScriptTimeout)
			} else if now.After(deadline) {
				a.reportJob(qjs.ErrTimeLimit)
				break
			}
		}
	}
	a.rejections.Notify()
}

// reportJob reports what ended a microtask: script reports its own exceptions, so it took too long,
// or Go code panicked.
func (a *agent) reportJob(err error) {
	if len(a.realms) > 0 && a.ctx.Err() == nil {
		webidl.ReportException(a.realms[len(a.realms)-1], err)
	}
}
