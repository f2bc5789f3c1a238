package settings

import (
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Later returns a promise that a task settles with the result of steps. The host waits for that
// task. Operations that the standard runs in parallel, but that finish at once here, return their
// result this way.
func (s *Object) Later(source eventloop.TaskSource, steps func() (qjs.Value, error)) qjs.Value {
	promise, resolve, reject := s.NewPromise()
	done := s.Pending()
	s.QueueTask(source, func() {
		defer done()
		s.RunScript(func() error {
			v, err := steps()
			if err != nil {
				reject(webidl.ErrorValue(s.Realm, err))
				return nil
			}
			resolve(v)
			return nil
		})
	})
	return promise
}
