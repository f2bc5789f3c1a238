package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/entangle-go/entangle/internal/browser"
)

// TestChromium runs the scenarios in a real browser, which has no connectTo.
func TestChromium(t *testing.T) {
	path, err := browser.Chromium.Path()
	if err != nil {
		t.Fatal(err)
	}
	list, sites := scenarios(t)
	input, err := json.Marshal(map[string]any{"scenarios": list, "patience": 15_000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/chromium.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+path)
	cmd.Stdin = bytes.NewReader(input)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node testdata/chromium.mjs: %v\n%s", err, &errOut)
	}
	lines := json.NewDecoder(bytes.NewReader(out))
	for i, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			var result struct{ Name, Error string }
			if err := lines.Decode(&result); err != nil || result.Name != s.Name {
				t.Fatalf("got the result of %q: %v", result.Name, err)
			}
			if result.Error != "" {
				t.Error(result.Error)
			}
			checkServer(t, s, sites[i])
		})
	}
}
