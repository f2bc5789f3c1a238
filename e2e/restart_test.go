package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freePorts finds an address whose port, and the next two, are free.
func freePorts(t *testing.T) string {
	t.Helper()
	for range 100 {
		base := 20000 + rand.N(10000)
		free := 0
		for i := range 3 {
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+i)); err == nil {
				l.Close()
				free++
			}
		}
		if free == 3 {
			return fmt.Sprintf("127.0.0.1:%d", base)
		}
	}
	t.Fatal("no three free ports in a row")
	return ""
}

// kill ends the server as a crash does, and waits until it has ended.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.exited
	s.stop = func() error { return nil }
}

// TestDemoHubRestart kills the hub of the document page, lets its windows type, and starts the hub
// again: the pages say calmly that there is none, and nothing that was typed is lost.
func TestDemoHubRestart(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir()) // where the hub's key is
	browser := startBrowser(t)
	address := freePorts(t)
	first := serve(t, "--listen", address)
	running := browser.begin(t, "restart", first)
	do := func(name string) {
		t.Helper()
		if err := running.do(name, patience); err != nil {
			t.Fatal(err)
		}
	}
	do("three windows type")
	away := running.reach("with no hub they say so, and are typed in")
	first.kill()
	if err := away(patience); err != nil {
		t.Fatal(err)
	}
	back := running.reach("when the hub is back nothing that was typed is lost")
	serve(t, "--listen", address)
	if err := back(patience); err != nil {
		t.Fatal(err)
	}
	do("and they go on")
	running.end()
}
