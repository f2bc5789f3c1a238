package settings

import "github.com/entangle-go/entangle/host/internal/webidl"

// New makes s the environment settings object of s.Realm, whose Data it becomes. The realm is ready
// for interfaces afterwards.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#concept-environment-define-settings-object
func New(s *Object) *Object {
	s.Realm.Data = s
	if s.CanRunScript == nil {
		s.CanRunScript = func() bool { return !s.Gone() }
	}
	if s.Checkpoint == nil && s.Loop != nil {
		s.Checkpoint = s.Loop.PerformMicrotaskCheckpoint
	}
	webidl.Setup(s.Realm)
	return s
}
