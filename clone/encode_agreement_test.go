package clone

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
)

const agreements = 10_000

// buildAgree bundles the TypeScript side of the agreement, and finds the node that runs it.
func buildAgree(t *testing.T) (node, script string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("this test runs the TypeScript codec beside the Go one and needs node (20 or newer) in PATH:", err)
	}
	source, err := filepath.Abs("../npm/test/clone_agree.ts")
	if err != nil {
		t.Fatal(err)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{source}, Bundle: true, Format: api.FormatESModule, Platform: api.PlatformNode, Target: api.ES2022,
	})
	for _, message := range result.Errors {
		t.Fatalf("%s: %+v", message.Text, message.Location)
	}
	script = filepath.Join(t.TempDir(), "clone_agree.mjs")
	if err := os.WriteFile(script, result.OutputFiles[0].Contents, 0o600); err != nil {
		t.Fatal(err)
	}
	return node, script
}

// runAgree returns the byte forms that the TypeScript side prints.
func runAgree(t *testing.T, input []byte, arguments ...string) [][]byte {
	t.Helper()
	node, script := buildAgree(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{script}, arguments...)...)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	var bodies [][]byte
	for len(out) > 0 {
		n := binary.BigEndian.Uint32(out)
		out = out[4:]
		if n == 1<<32-1 {
			n = binary.BigEndian.Uint32(out)
			t.Fatalf("value %d: %s", len(bodies), out[4:4+n])
		}
		bodies = append(bodies, out[:n])
		out = out[n:]
	}
	return bodies
}

// SPEC 66-88: what Go writes TypeScript reads, and writes the same bytes again.
func TestTypeScriptAgrees(t *testing.T) {
	holders, ports := testHolders(3)
	var input []byte
	var want [][]byte
	for seed := range uint64(agreements) {
		body, err := encodeValue(newValueGenerator(seed, ports, true).message(), holders)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want = append(want, body)
		input = append(binary.BigEndian.AppendUint32(input, uint32(len(body))), body...)
	}
	got := runAgree(t, input, "echo")
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			value, err := decodeBody(got[i], holders, decodeOptions{})
			original, _ := decodeBody(want[i], holders, decodeOptions{})
			t.Fatalf("seed %d: TypeScript writes\n%x (%s, %v), Go\n%x (%s)", i, got[i], show(value, ports...), err, want[i], show(original, ports...))
		}
	}
}

// SPEC 66-88: what TypeScript writes Go reads, and writes the same bytes again.
func TestAgreesWithTypeScript(t *testing.T) {
	bodies := runAgree(t, nil, "generate", "1", strconv.Itoa(agreements))
	if len(bodies) != agreements {
		t.Fatalf("%d values, want %d", len(bodies), agreements)
	}
	for i, body := range bodies {
		value, err := decodeBody(body, nil, decodeOptions{})
		if err != nil {
			t.Fatalf("seed %d: %v: %x", 1+i, err, body)
		}
		if err := checkBody(body, nil); err != nil {
			t.Fatalf("seed %d: check: %v", 1+i, err)
		}
		written, err := encodeValue(value, nil)
		if err != nil || !bytes.Equal(written, body) {
			t.Fatalf("seed %d: Go writes\n%x, TypeScript\n%x (%s, %v)", 1+i, written, body, show(value), err)
		}
	}
}
