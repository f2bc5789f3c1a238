package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// runClassicScript runs a classic script, reports what it throws, and performs a microtask
// checkpoint. With muted errors the report tells nothing: the script is of another origin.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#run-a-classic-script
func runClassicScript(s *settings.Object, source, url string, muted bool) {
	s.RunScript(func() error {
		_, err := s.Realm.Eval(source, url)
		if err != nil && muted && webidl.Catchable(err) {
			event.ReportMuted(s.Realm)
			return nil
		}
		return err
	})
}

// runInitScript runs the script that the Go program wants to come before those of the page.
func (w *window) runInitScript() {
	if script := w.host.options.InitScript; script != "" && w.navigable.page != nil {
		runClassicScript(w.settings, script, "init", false)
	}
}
