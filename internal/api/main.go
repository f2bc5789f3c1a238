// Command api writes docs/api: what `go doc -all` says of each package that programs import, one
// file a package. So a change of the API, or of its documentation, shows in review.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

//go:generate go run . ../..

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: api MODULE-FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

// write replaces the files of docs/api.
func write(root string) error {
	pages, err := generate(root)
	if err != nil {
		return err
	}
	folder := filepath.Join(root, "docs", "api")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), page, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// generate makes the files, by their names: "entangle.txt" for the root package,
// "host-hosttest.txt" for host/hosttest.
func generate(root string) (map[string][]byte, error) {
	list, err := run(root, "list", "-f", "{{if .GoFiles}}{{.Name}} {{.ImportPath}}{{end}}", "./...")
	if err != nil {
		return nil, err
	}
	module := ""
	pages := map[string][]byte{}
	for line := range strings.Lines(string(list)) {
		name, importPath, _ := strings.Cut(strings.TrimSpace(line), " ")
		if module == "" {
			module = importPath // the root package is the first
		}
		if name == "main" || strings.Contains(importPath, "/internal/") || strings.Contains(importPath, "/cmd/") {
			continue
		}
		page, err := run(root, "doc", "-all", importPath)
		if err != nil {
			return nil, err
		}
		file := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/"), "/", "-")
		if file == "" {
			file = path.Base(module)
		}
		pages[file+".txt"] = page
	}
	return pages, nil
}

func run(root string, args ...string) ([]byte, error) {
	command := exec.Command("go", args...)
	command.Dir, command.Stderr = root, os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
