package npm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/entangle-go/entangle/internal/sim"
	"github.com/entangle-go/entangle/npm/internal/bundle"
)

// The TypeScript endpoint does what Go's does, in 500 lives of endpoints in all configurations of
// the simulator: schedules that are none of those behind the committed vectors.
func TestEndpointLogs(t *testing.T) {
	const wanted = 500
	dir := t.TempDir()
	logs := 0
	for seed := uint64(1000); logs < wanted; seed++ {
		for _, config := range sim.Configs() {
			if err := sim.WriteLogs(dir, config, seed, 1); err != nil {
				t.Fatal(err)
			}
		}
		written, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		logs = len(written)
	}
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := bundle.Tests(root, "test/protocol.test.ts")
	if err != nil {
		t.Fatal(err)
	}
	tests := filepath.Join(root, ".tests", "logs")
	if err := bundle.Write(tests, files); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=dot",
		"--test-name-pattern", "the endpoint does what Go's does", filepath.Join(tests, "protocol.test.mjs"))
	cmd.Env = append(os.Environ(), "ENTANGLE_LOGS="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d logs", logs)
}
