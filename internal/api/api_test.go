package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// docs/api says what the packages say of themselves.
func TestUpToDate(t *testing.T) {
	const folder = "../../docs/api"
	pages, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/api/%s is out of date: go generate ./internal/api", name)
		}
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		if pages[file.Name()] == nil {
			t.Errorf("docs/api/%s is of no package: go generate ./internal/api", file.Name())
		}
	}
	if len(pages["entangle.txt"]) == 0 || len(pages["host-hosttest.txt"]) == 0 {
		t.Error("packages are missing")
	}
}
