package eventloop

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is a slow and obvious event loop: one list of all tasks.
type model struct {
	tasks []modelTask
}

type modelTask struct {
	name            string
	queue, document int
}

// next takes the first task that is runnable.
func (m *model) next(enabled, active []bool) string {
	i := slices.IndexFunc(m.tasks, func(t modelTask) bool { return enabled[t.queue] && active[t.document] })
	if i < 0 {
		return ""
	}
	name := m.tasks[i].name
	m.tasks = slices.Delete(m.tasks, i, i+1)
	return name
}

// SPEC 20, 97, 98: at every step the loop runs the runnable task that was posted first, whatever
// tasks do: post, enable queues, make documents inactive, destroy them.
func TestLoopAgainstModel(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { compareWithModel(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func compareWithModel(t *testing.T, random *rand.Rand) {
	const queues, documents = 7, 3
	l := New(Clock{})
	var docs [documents]*Document
	var list [queues]*testQueue
	active, enabled := make([]bool, documents), make([]bool, queues)
	for i := range docs {
		docs[i], active[i] = l.NewDocument(), true
	}
	for i := range list {
		list[i] = newTestQueue(l, docs[i%documents])
		enabled[i] = i < 4
		list[i].enabled = enabled[i]
	}
	var m model
	ran, posted := 0, 0

	var act func()
	post := func() {
		i := random.IntN(queues)
		if docs[i%documents].State() == Destroyed {
			return
		}
		posted++
		name := fmt.Sprint("task", posted)
		m.tasks = append(m.tasks, modelTask{name, i, i % documents})
		list[i].post(func() {
			ran++
			if want := m.next(enabled, active); want != name {
				t.Fatalf("ran %s, want %s", name, want)
			}
			if posted < 400 {
				act()
				act()
			}
		})
	}
	act = func() {
		switch n := random.IntN(20); {
		case n < 14:
			post()
		case n < 16:
			i := random.IntN(queues)
			enabled[i] = true
			list[i].enable()
		case n < 19:
			i := random.IntN(documents)
			if docs[i].State() != Destroyed {
				active[i] = !active[i]
				docs[i].SetFullyActive(active[i])
			}
		default:
			if i := random.IntN(documents); random.IntN(20) == 0 {
				active[i] = false
				docs[i].Destroy()
				m.tasks = slices.DeleteFunc(m.tasks, func(t modelTask) bool { return t.document == i })
			}
		}
	}
	for posted < 400 {
		act()
		for range random.IntN(4) {
			l.runSome(1 + random.IntN(5))
		}
		if !slices.ContainsFunc(docs[:], func(d *Document) bool { return d.State() != Destroyed }) {
			break
		}
	}
	for i, d := range docs {
		if d.State() == Inactive {
			active[i] = true
			d.SetFullyActive(true)
		}
	}
	for i := range list {
		enabled[i] = true
		list[i].enable()
	}
	runAll(l)
	if len(m.tasks) != 0 {
		t.Fatalf("%d tasks did not run", len(m.tasks))
	}
}
