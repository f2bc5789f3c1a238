package fetch

import (
	"context"
	"time"

	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// interruptInterval is how often an agent that waits looks whether it was interrupted.
const interruptInterval = 20 * time.Millisecond

// wait fetches while the agent waits. It ends early if the agent is interrupted, or
// the global goes.
func wait(rt *qjs.Runtime, s *settings.Object, r *loader.Request, timeout time.Duration) (*loader.Response, error) {
	ctx, cancel := context.WithCancel(context.Background())
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), timeout)
	}
	defer cancel()
	type result struct {
		response *loader.Response
		err      error
	}
	results := make(chan result, 1)
	go func() {
		response, err := load(ctx, s.Loader, r)
		results <- result{response, err}
	}()
	ticker := time.NewTicker(interruptInterval)
	defer ticker.Stop()
	for {
		select {
		case got := <-results:
			return got.response, got.err
		case <-ticker.C:
			if rt.Interrupted() != nil || s.Gone() {
				cancel()
			}
		}
	}
}
