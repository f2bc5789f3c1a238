package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedBundleIsUpToDate(t *testing.T) {
	files, err := bundle("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "dist", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("dist/%s is not what npm/node_modules gives: run go generate ./cmd/entangle/demo", name)
		}
	}
}
