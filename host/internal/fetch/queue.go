package fetch

import (
	"context"
	"errors"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/hrtime"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// queue is the fetches of a global: its fetch group.
//
// https://fetch.spec.whatwg.org/#concept-fetch-group
type queue struct {
	settings *settings.Object
	active   map[*job]bool
	waiting  []*job
}

// job is one fetch.
type job struct {
	request *loader.Request
	done    func(*loader.Response, error)
	release func() // the host need not wait for it any more
	cancel  context.CancelFunc
	ended   bool
}

type queueKey struct{}

var errTooMany = errors.New("too many fetches, or too long ones, are waiting")

func queueOf(s *settings.Object) *queue {
	return s.Slot(queueKey{}, func() any {
		q := &queue{settings: s, active: map[*job]bool{}}
		s.OnDestroy(q.terminate)
		return q
	}).(*queue)
}

// terminate ends the fetches of a global that is gone.
//
// https://fetch.spec.whatwg.org/#concept-fetch-group-terminate
func (q *queue) terminate() {
	for j := range q.active {
		j.cancel()
	}
	for _, j := range q.waiting {
		j.release()
	}
	q.waiting = nil
}

// start fetches in parallel. done is called in a task, unless cancel is called before or the global
// is gone by then. The initiator is what the entry of the resource says.
func start(s *settings.Object, initiator string, r *loader.Request, done func(*loader.Response, error)) (cancel func()) {
	q := queueOf(s)
	j := &job{request: r, done: done, release: s.Pending(), cancel: func() {}}
	if s.Gone() {
		j.release()
		return func() {}
	}
	if len(q.waiting) >= maxWaiting || !s.Realm.Runtime().Charge(len(r.Body)) {
		s.QueueTask(eventloop.Networking, func() { done(nil, errTooMany) })
		j.release()
		return func() { j.ended = true }
	}
	release := j.release
	j.release = func() {
		s.Realm.Runtime().Refund(len(r.Body))
		release()
	}
	begin := s.Now()
	j.done = func(response *loader.Response, err error) {
		record(s, initiator, begin, r, response)
		done(response, err)
	}
	q.waiting = append(q.waiting, j)
	q.advance()
	return func() {
		j.ended = true
		j.cancel()
	}
}

// record adds an entry for what was fetched.
//
// https://w3c.github.io/resource-timing/#marking-resource-timing
func record(s *settings.Object, initiator string, begin float64, r *loader.Request, response *loader.Response) {
	if response == nil {
		return
	}
	hrtime.AddResource(s, hrtime.Resource{
		URL: r.URL, Initiator: initiator, Start: begin, End: s.Now(), Size: len(response.Body), Status: response.Status,
		Foreign: response.CrossOrigin && r.Mode == loader.NoCORS,
	})
}

// advance starts what waits and may.
func (q *queue) advance() {
	for len(q.waiting) > 0 && len(q.active) < maxActive {
		j := q.waiting[0]
		q.waiting = q.waiting[1:]
		if j.ended {
			j.release()
			continue
		}
		q.run(j)
	}
}

func (q *queue) run(j *job) {
	ctx, cancel := context.WithCancel(context.Background())
	j.cancel = cancel
	q.active[j] = true
	go func() {
		defer j.release()
		defer cancel()
		response, err := load(ctx, q.settings.Loader, j.request)
		q.settings.QueueTask(eventloop.Networking, func() {
			delete(q.active, j)
			q.advance()
			if !j.ended {
				j.done(response, err)
			}
		})
	}()
}
