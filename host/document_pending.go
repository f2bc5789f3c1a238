package host

import "github.com/entangle-go/entangle/host/internal/event"

// document stands in for the one of package dom until that compiles.
type document struct {
	event.Target
	URL string
}

func (d *document) BaseURL() string { return d.URL }
