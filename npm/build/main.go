// Command build bundles the TypeScript client.
//
//	go run ./npm/build           # npm/dist/*.js by esbuild; npm/dist/*.d.ts by tsc, which npm ci installs
//	go run ./npm/build tests     # npm/test/*.test.ts into npm/.tests/, for node --test
//
// The bundles are committed, so that no step of building or running the Go program needs npm.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/entangle-go/entangle/npm/internal/bundle"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	root, err := bundle.Root()
	if err != nil {
		return err
	}
	if len(args) == 1 && args[0] == "tests" {
		dir := filepath.Join(root, ".tests")
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		files, err := bundle.Tests(root)
		if err != nil {
			return err
		}
		return write(dir, files)
	}
	if len(args) != 0 {
		return fmt.Errorf("unknown arguments %q; want none, or tests", args)
	}
	scripts, err := bundle.Scripts(root)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(root, "dist"), scripts); err != nil {
		return err
	}
	types, err := bundle.Types(root)
	if err != nil {
		return err
	}
	return write(filepath.Join(root, "dist"), types)
}

func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
