package host

import (
	"context"
	"fmt"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/settings"
)

// How many fetches of documents, scripts and the like a host has at a time, and how many may wait
// for their turn. One more fails.
const (
	maxFetches        = 64
	maxWaitingFetches = 4096
)

var errTooManyFetches = fmt.Errorf("%w: too many fetches wait", loader.ErrNetwork)

// fetch fetches on a goroutine of its own and gives the result to done, which is called on another
// goroutine. Wait waits for it.
func (h *Host) fetch(request *loader.Request, done func(*loader.Response, error)) (cancel context.CancelFunc) {
	h.loader.Resolve(request)
	ctx, cancel := context.WithCancel(h.ctx)
	finished := h.pending()
	h.fetches.Add(1)
	go func() {
		defer h.fetches.Done()
		defer finished()
		defer cancel()
		if h.fetching.Add(1) > maxFetches+maxWaitingFetches {
			h.fetching.Add(-1)
			done(nil, errTooManyFetches)
			return
		}
		defer h.fetching.Add(-1)
		select {
		case h.fetchSlots <- struct{}{}:
			defer func() { <-h.fetchSlots }()
		case <-ctx.Done():
		}
		done(h.loader.Fetch(ctx, request))
	}()
	return cancel
}

// fetchFor fetches for a global: done is a task of it, and is not called when it is gone.
func (h *Host) fetchFor(s *settings.Object, request *loader.Request, done func(*loader.Response, error)) (cancel context.CancelFunc) {
	request.Origin, request.Key = s.Origin, s.StorageKey()
	if request.Referrer == "" {
		request.Referrer = s.ReferrerURL()
	}
	if request.ReferrerPolicy == "" {
		request.ReferrerPolicy = policiesOf(s).referrer
	}
	return h.fetch(request, func(response *loader.Response, err error) {
		s.QueueTask(eventloop.Networking, func() { done(response, err) })
	})
}

// decodeScript returns the text of a classic script: its byte order mark, its header or else the
// fallback says in what encoding it is.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script
func decodeScript(response *loader.Response, fallback string) string {
	if charset := response.MediaType().Charset; charset != "" && encoding.IsLabel(charset) {
		fallback = charset
	}
	if fallback == "" {
		fallback = "utf-8"
	}
	return encoding.Decode(response.Body, fallback)
}
