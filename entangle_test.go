package entangle

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestGlobal returns a global with an event loop, in a user agent of its own.
func newTestGlobal() (*Agent, *Global) {
	ua := NewUserAgent()
	agent := ua.NewAgent()
	return agent, ua.NewGlobal(GlobalOptions{Agent: agent})
}
