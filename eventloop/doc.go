// Package eventloop is the event loop of the HTML Standard: task sources and task queues,
// microtasks, timers.
//
// # Terms
//
// A [Loop] belongs to an agent and runs its tasks one at a time. A task source is a FIFO of tasks:
// tasks of one source are never reordered. A task may belong to a [Document]; it waits while that
// is not fully active and is dropped when that is destroyed. A microtask runs at the next microtask
// checkpoint, at the latest right after the current task.
//
// The standard leaves the choice between task queues free. This loop numbers all tasks in the order
// of posting and always runs the runnable task with the smallest number. So over all its sources
// the order is that of posting, none starves, and what the standard asks of the unshipped port
// message queue holds by itself.
//
// Tasks come in two shapes: functions, given to [Loop.QueueTask], and queues that are kept
// elsewhere, such as a message port's, which implement [Tasks] and cost no allocation per task.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-loops as of 2026-08-21.
//
// # Concurrency
//
// Tasks run on the goroutine that calls [Loop.Run] or [Loop.Step], one such call at a time.
// QueueTask, RunAfter, Ready, Unready and the methods of Document and Timer may be called from any
// goroutine; microtasks only from a task. The package starts no goroutine and reads no clock:
// whoever wants timers gives New a [Clock].
package eventloop
