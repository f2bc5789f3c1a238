package main

import (
	"os"
	"slices"
	"testing"
)

// TestUpToDate fails when docs/rules.md is not what the tests say, or when a rule has neither a
// test nor a reason.
func TestUpToDate(t *testing.T) {
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/rules.md is out of date: make generate")
	}
}

func TestCited(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"// SPEC 33", []string{"33"}},
		{"SPEC 33, 39 and SPEC 1.15: x", []string{"33", "39", "1.15"}},
		{"(SPEC 42-44)", []string{"42", "43", "44"}},
		{"SPEC 7, 9-10.", []string{"7", "9", "10"}},
		{"nothing", nil},
	} {
		got, err := cited([]byte(test.text))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("cited(%q) = %v, %v; want %v", test.text, got, err, test.want)
		}
	}
}
