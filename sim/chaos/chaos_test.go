package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A short run, with kills that come thick and fast. Figures are in the log of the test. Node's part
// is left out where there is none, which the log says, too.
func TestChaos(t *testing.T) {
	o, err := parse(strings.Fields("-for 10s -go 40 -node 4 -processes 1 -pages 0 -kill 3s -race"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Logf("without clients in Node: %v", err)
		o.node = 0
	}
	out := new(strings.Builder)
	if err := run(t.Context(), o, out, t.Output()); err != nil {
		t.Error(err)
	}
	t.Logf("\n%s", out)
}

// A run that is interrupted ends.
func TestInterrupted(t *testing.T) {
	o, err := parse(strings.Fields("-for 1h -go 3 -node 0 -pages 0"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := run(ctx, o, new(strings.Builder), t.Output()); err == nil || err.Error() != "interrupted" {
		t.Error(err)
	}
}

// What is wrong with the numbers is seen, by where the ends came to rest.
func TestLedger(t *testing.T) {
	for what, test := range map[string]struct {
		a, b rest
		want string
	}{
		"agree":      {rest{"x", 5, 3, nil}, rest{"y", 3, 5, nil}, ""},
		"one lost":   {rest{"x", 5, 3, nil}, rest{"y", 3, 4, []string{"z (2, 3)"}}, "is at y, posted 2 and got 3, and was at z (2, 3)"},
		"one twice":  {rest{"x", 5, 3, nil}, rest{"y", 3, 6, nil}, "is at y, posted 2 and got 5"},
		"other side": {rest{"x", 5, 2, nil}, rest{"y", 3, 5, nil}, "is at x, posted 4 and got 1"},
	} {
		l := newLedger(1)
		l.settle(end{0, 0}, test.a)
		if open := l.open(); len(open) != 1 || !strings.Contains(open[0], "end 1 is nowhere") {
			t.Errorf("%s: %v with one end only", what, open)
		}
		l.settle(end{0, 1}, test.b)
		if open := strings.Join(l.open(), "\n"); !strings.Contains(open, test.want) || (open == "") != (test.want == "") {
			t.Errorf("%s: %q", what, open)
		}
	}
	l := newLedger(1)
	l.settle(end{0, 0}, rest{"x", 1, 1, nil})
	l.settle(end{0, 0}, rest{"x", 2, 1, nil})
	if err := l.err(); err != nil {
		t.Error(err)
	}
	l.settle(end{0, 0}, rest{"y", 2, 1, nil})
	if err := l.err(); err == nil || !strings.Contains(err.Error(), "end 0 of channel 0 is at x and at y") {
		t.Error(err)
	}
	select {
	case <-l.failed:
	default:
		t.Error("nobody is told")
	}
}

// What grows is seen; what it is only for a while is not.
func TestSamples(t *testing.T) {
	for what, test := range map[string]struct {
		goroutines func(i int64) int64
		want       bool
	}{
		"flat":           {func(int64) int64 { return 1000 }, false},
		"grows":          {func(i int64) int64 { return 1000 + 20*i }, true},
		"grows at first": {func(i int64) int64 { return min(1000, 50*i) }, false},
		"one peak":       {func(i int64) int64 { return 1000 + 5000*(i/99) }, false},
	} {
		var s samples
		for i := range int64(100) {
			s = append(s, sample{at: time.Duration(i) * time.Second, goroutines: test.goroutines(i)})
		}
		book := newLedger(0)
		s.compare(book)
		if got := book.err() != nil; got != test.want {
			t.Errorf("%s: %v", what, book.err())
		}
	}
}

// Times are counted with an error of a hundredth, and quantiles are some of them.
func TestHistogram(t *testing.T) {
	for _, ms := range []float64{0, 0.1, 7.3, 99.9, 100, 314, 99_900} {
		if got := unslot(slot(ms)); got > ms || got < ms*0.99 {
			t.Errorf("%v is counted as %v", ms, got)
		}
	}
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("of none: %v", got)
	}
	for i := range 100 {
		h.add(float64(i))
	}
	for q, want := range map[float64]float64{0: 0, 0.5: 50, 0.99: 99, 1: 99} {
		if got := h.quantile(q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
}

// From every client there is a way to every other one, and nobody connects to itself.
func TestPlans(t *testing.T) {
	for _, n := range []int{3, 4, 50} {
		all := plans(n)
		for i, p := range all {
			if p.To == p.Name || p.Channel != i || len(p.Carriers) != carriersEach || p.Carriers[0] != all[(i+1)%n].Name {
				t.Errorf("%d of %d: %+v", i, n, p)
			}
			for _, to := range p.Carriers {
				if to == p.Name {
					t.Errorf("%d of %d: %+v", i, n, p)
				}
			}
		}
		count := 0
		for _, part := range share(all, 3) {
			count += len(part)
		}
		if count != n {
			t.Errorf("%d of %d are shared", count, n)
		}
	}
}

// What is wrong with flags is said.
func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-for 10ms":              "-for must be",
		"-kill 1ms":              "-kill must be",
		"-processes 0":           "-processes must be",
		"-go 1 -node 1 -pages 0": "three clients or more",
		"-go -1":                 "three clients or more",
		"fast":                   `"fast" is no flag`,
		"-nonsense":              "go run ./sim/chaos -help",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}
