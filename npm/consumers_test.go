package npm_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle/npm/internal/bundle"
)

// consumers is the folder of the projects that use the package as it is published.
func consumers(t *testing.T) string {
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "test", "consumers")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatalf("the projects' packages are not installed (npm --prefix npm/test/consumers ci): %v", err)
	}
	return dir
}

// tool runs a program of node_modules in a folder of the projects.
func tool(t *testing.T, dir, folder, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "node_modules", ".bin", name), args...)
	cmd.Dir = filepath.Join(dir, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %q: %v\n%s", name, args, err, out)
	}
}

// TestDeclarations checks the types from outside: projects that do not skip the declarations of
// libraries, a worker's without the DOM, and the package by the tools that look for what is
// published wrongly.
func TestDeclarations(t *testing.T) {
	dir := consumers(t)
	for _, project := range []string{"worker", "window"} {
		tool(t, dir, ".", "tsc", "-p", "types/tsconfig."+project+".json")
	}
	tool(t, dir, ".", "publint", "--strict", "../..")
	tool(t, dir, ".", "attw", "--pack", "../..", "--profile", "esm-only")
}

// TestImports imports the modules where there is no page.
func TestImports(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "node", "--experimental-vm-modules", "--no-warnings", "imports.mjs")
	cmd.Dir = consumers(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestBundlers builds a project by Vite, webpack and Rollup, and opens what they make, and Vite's
// own server, in Chromium.
func TestBundlers(t *testing.T) {
	dir := consumers(t)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	dev := startVite(t, dir)
	h := newHub(t, strings.TrimSuffix(dev, "/"))
	mux.Handle("/entangle", h)
	address := "ws" + strings.TrimPrefix(server.URL, "http") + "/entangle"
	startPrograms(t, address, server.URL)
	out := t.TempDir()
	tool(t, dir, "vite", "vite", "build", "--base", "./", "--outDir", filepath.Join(out, "vite"), "--logLevel", "error")
	tool(t, dir, "webpack", "webpack", "--output-path", filepath.Join(out, "webpack"))
	tool(t, dir, "rollup", "rollup", "-c", "--silent", "--file", filepath.Join(out, "rollup", "bundle.js"))
	mux.Handle("/", http.FileServer(http.Dir(out)))
	pages := []string{dev}
	for _, name := range []string{"vite", "webpack", "rollup"} {
		if name != "vite" {
			if err := os.CopyFS(filepath.Join(out, name), os.DirFS(filepath.Join(dir, "html"))); err != nil {
				t.Fatal(err)
			}
		}
		pages = append(pages, fmt.Sprintf("%s/%s/", server.URL, name))
	}
	args := []string{"open.mjs"}
	for _, page := range pages {
		args = append(args, page+"?hub="+url.QueryEscape(address))
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // a process that the browser leaves may hold the pipes
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// startVite starts Vite's own server of the project, and returns its address. It ends with the
// test.
func startVite(t *testing.T, dir string) string {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "node_modules", ".bin", "vite"), "--host", "127.0.0.1", "--port", "0")
	cmd.Dir = filepath.Join(dir, "vite")
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	cmd.Stderr = t.Output()
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
	})
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(lines.Text()); address != "" {
			return address
		}
	}
	t.Fatalf("Vite has ended: %v", lines.Err())
	return ""
}
