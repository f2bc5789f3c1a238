package eventloop

// TaskSource names a task source of functions.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#task-source
type TaskSource string

// The generic task sources.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#generic-task-sources
const (
	DOMManipulation TaskSource = "DOM manipulation"
	UserInteraction TaskSource = "user interaction"
	Networking      TaskSource = "networking"
	Timers          TaskSource = "timer"
	PostedMessage   TaskSource = "posted message"
)

// QueueTask queues a task. The document is nil for a task without one; a destroyed document's
// task is dropped.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-task
func (l *Loop) QueueTask(source TaskSource, document *Document, steps func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queueTask(source, document, steps)
}

func (l *Loop) queueTask(source TaskSource, document *Document, steps func()) {
	if l.ending {
		return
	}
	queues := &l.queues
	if document != nil {
		if document.State() == Destroyed {
			return
		}
		queues = &document.queues
	}
	q := (*queues)[source]
	if q == nil {
		if *queues == nil {
			*queues = map[TaskSource]*taskQueue{}
		}
		q = &taskQueue{document: document}
		(*queues)[source] = q
	}
	number := l.Number()
	q.tasks.push(task{number, steps})
	if q.tasks.len() == 1 {
		l.readyLocked(entry{number, &q.queue, document, q})
	}
}

// taskQueue holds the tasks of one source and one document, or none. Guarded by loop.mu.
type taskQueue struct {
	queue    Queue
	document *Document
	tasks    fifo
}

type task struct {
	number uint64
	steps  func()
}

// RunTasks implements [Tasks].
func (q *taskQueue) RunTasks(l *Loop) {
	l.mu.Lock()
	if q.tasks.len() == 0 {
		l.mu.Unlock()
		return
	}
	t := q.tasks.pop()
	if q.tasks.len() > 0 {
		l.readyLocked(entry{q.tasks.first().number, &q.queue, q.document, q})
	}
	l.mu.Unlock()
	t.steps()
	l.TaskDone()
}

// fifo is a queue in a slice.
type fifo struct {
	tasks []task
	head  int
}

func (f *fifo) len() int     { return len(f.tasks) - f.head }
func (f *fifo) first() *task { return &f.tasks[f.head] }
func (f *fifo) clear()       { *f = fifo{} }

func (f *fifo) push(t task) {
	if f.head > len(f.tasks)/2 && len(f.tasks) == cap(f.tasks) { // make room instead of growing
		n := copy(f.tasks, f.tasks[f.head:])
		clear(f.tasks[n:])
		f.tasks, f.head = f.tasks[:n], 0
	}
	f.tasks = append(f.tasks, t)
}

func (f *fifo) pop() task {
	t := f.tasks[f.head]
	f.tasks[f.head] = task{}
	f.head++
	if f.head == len(f.tasks) {
		f.tasks, f.head = f.tasks[:0], 0
	}
	return t
}
