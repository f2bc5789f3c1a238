package e2e

import (
	"errors"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// TestReload is a page that is connected to a Go service, and is reloaded: the service is told
// while the page loads anew, not when the page has been away for too long.
func TestReload(t *testing.T) {
	s := serve(t)
	service, err := remote.Dial(t.Context(), s.site.Hub, remote.Options{Origin: "https://service.example", Service: true})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	listener, err := service.Listen(t.Context(), "reloads")
	if err != nil {
		t.Fatal(err)
	}
	visit := startBrowser(t).begin(t, "reload", s)
	if err := visit.do("the page says something", patience); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		connection, err := listener.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entangle.Receive[string](t.Context(), connection.Port); err != nil {
			t.Fatal(err)
		}
		leave := visit.reach("it is reloaded, and says it again")
		told := make(chan time.Duration, 1)
		begin := time.Now()
		go func() {
			if _, err := entangle.Receive[string](t.Context(), connection.Port); !errors.Is(err, entangle.ErrLost) {
				t.Errorf("the service is told %v", err)
			}
			told <- time.Since(begin)
		}()
		if err := leave(patience); err != nil {
			t.Fatal(err)
		}
		after := <-told
		t.Logf("told %v after the reload began", after)
		if after > patience {
			t.Error("which is late")
		}
	}
	visit.end()
}
