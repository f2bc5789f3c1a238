// Command build bundles the TypeScript client.
//
//	go run ./npm/build           # npm/dist/*.js by esbuild; npm/dist/*.d.ts by tsc, which
//	                             # npm ci installs
//	go run ./npm/build tests     # npm/test/*.test.ts into npm/.tests/node/, for node --test
//
// The bundles are committed, so that no step of building or running the Go program needs npm.
package main

import (
	"fmt"
	"maps"
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
		files, err := bundle.Tests(root, "test/*.test.ts")
		if err != nil {
			return err
		}
		return bundle.Write(filepath.Join(root, ".tests", "node"), files)
	}
	if len(args) != 0 {
		return fmt.Errorf("unknown arguments %q; want none, or tests", args)
	}
	files, err := bundle.Scripts(root)
	if err != nil {
		return err
	}
	types, err := bundle.Types(root)
	if err != nil {
		return err
	}
	maps.Copy(files, types)
	return bundle.Write(filepath.Join(root, "dist"), files)
}
