package clone

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// answer is what the TypeScript side says of a byte form.
type answer struct {
	body   []byte
	refuse string // the error, if there is one
}

// runAgree returns the answers of the TypeScript side.
func runAgree(t *testing.T, input []byte, arguments ...string) []answer {
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
	next := func() []byte {
		n := binary.BigEndian.Uint32(out)
		if n == 1<<32-1 {
			out = out[4:]
			return nil
		}
		b := out[4 : 4+n : 4+n]
		out = out[4+n:]
		return b
	}
	var answers []answer
	for len(out) > 0 {
		if body := next(); body != nil {
			answers = append(answers, answer{body: body})
		} else {
			answers = append(answers, answer{refuse: string(next())})
		}
	}
	return answers
}

func appendBody(input, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(input, uint32(len(body))), body...)
}

// SPEC 66, 67, 69-71, 73-76, 80, 82, 85, 86, 88: what Go writes TypeScript reads, and writes the
// same bytes again.
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
		input = appendBody(input, body)
	}
	got := runAgree(t, input, "echo")
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i].body, want[i]) {
			t.Fatalf("seed %d: TypeScript writes\n%x (%s), Go\n%x", i, got[i].body, got[i].refuse, want[i])
		}
	}
}

// SPEC 66, 67, 69-71, 73-76, 80, 82, 85, 86, 88: what TypeScript writes Go reads, and writes the
// same bytes again.
func TestAgreesWithTypeScript(t *testing.T) {
	answers := runAgree(t, nil, "generate", "1", strconv.Itoa(agreements))
	if len(answers) != agreements {
		t.Fatalf("%d values, want %d", len(answers), agreements)
	}
	for i, answer := range answers {
		body := answer.body
		if answer.refuse != "" {
			t.Fatalf("seed %d: %s", 1+i, answer.refuse)
		}
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

// lacks matches why an engine may refuse what the form allows.
var lacks = regexp.MustCompile(`Invalid regular expression|not a constructor|should be a multiple of`)

// Both readers refuse the same of what is nearly a byte form.
func TestAgreesOnWhatIsRefused(t *testing.T) {
	holders, ports := testHolders(3)
	r := rand.New(rand.NewPCG(1, 2))
	var seeds [][]byte
	for _, file := range []string{"primitives.json", "objects.json", "buffers.json", "identity.json", "refused.json"} {
		for _, v := range readVectors(t, file) {
			if v.Hex != "" && len(v.Hex) < 600 {
				seeds = append(seeds, v.bytes(t))
			}
		}
	}
	for seed := range uint64(300) {
		body, err := encodeValue(newValueGenerator(seed, ports, true).message(), holders)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, body)
	}
	var input []byte
	var bodies [][]byte
	for range agreements {
		body := mutate(r, seeds)
		bodies = append(bodies, body)
		input = appendBody(input, body)
	}
	accepted := 0
	for i, answer := range runAgree(t, input, "echo") {
		err := checkBody(bodies[i], holders)
		if (err == nil) != (answer.refuse == "") && !(err == nil && lacks.MatchString(answer.refuse)) {
			t.Errorf("%x: Go says %v, TypeScript %q", bodies[i], err, answer.refuse)
		}
		if err == nil {
			accepted++
		}
	}
	if accepted < agreements/50 || accepted > agreements/2 {
		t.Errorf("%d of %d were accepted: the test says little", accepted, agreements)
	}
}

// mutate returns one of the seeds with a few bytes changed, another seed inside, or a byte missing.
func mutate(r *rand.Rand, seeds [][]byte) []byte {
	b := bytes.Clone(seeds[r.IntN(len(seeds))])
	for range 1 + r.IntN(3) {
		i := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b[i] = byte(r.Uint32())
		case 1:
			b[i] ^= 1 << r.IntN(8)
		case 2:
			b = slices.Insert(b, i, seeds[r.IntN(len(seeds))]...)
		case 3:
			if len(b) > 1 {
				b = slices.Delete(b, i, i+1)
			}
		}
	}
	return b
}
