package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// program runs a participant's workloads, each in a new process.
type program struct {
	version string
	command []string // followed by the workload and the milliseconds
	env     []string
}

// findPrograms finds the programs of the participants.
func findPrograms(wanted []string, profiles string) (map[string]program, error) {
	found := map[string]program{}
	var failed []error
	for _, name := range wanted {
		p, err := findProgram(name, profiles)
		if err != nil {
			failed = append(failed, err)
		}
		found[name] = p
	}
	return found, errors.Join(failed...)
}

func findProgram(name, profiles string) (program, error) {
	switch name {
	case "node":
		version, err := versionOf("node")
		return program{version, []string{"node", "--expose-gc", "peer.mjs"}, nil}, err
	case "deno":
		path, version, err := installed("deno", "node_modules/@deno/*/deno", "node_modules/.bin/deno")
		command := []string{path, "run", "--allow-all", "--no-config", "--no-lock", "--v8-flags=--expose-gc", "peer.mjs"}
		return program{version, command, []string{"DENO_NO_UPDATE_CHECK=1", "DENO_DIR=node_modules/.cache/deno"}}, err
	case "bun":
		path, version, err := installed("bun", "node_modules/@oven/*/bin/bun", "node_modules/bun/bin/bun.exe")
		return program{version, []string{path, "peer.mjs"}, nil}, err
	}
	self, err := os.Executable()
	if err != nil {
		return program{}, err
	}
	return program{"", []string{self, "--profile=" + profiles, "--measure=" + name}, nil}, nil
}

// installed returns the binary of an npm package and its version. It lies in a package for the
// platform, unless the main package's install script was allowed to move it.
func installed(name string, patterns ...string) (path, version string, err error) {
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return "", "", err
		}
		for _, path := range matches {
			if version, err := versionOf("./" + path); err == nil {
				return "./" + path, version, nil
			}
		}
	}
	return "", "", fmt.Errorf("%s is not installed: run npm ci in bench/, or leave it out with --peers", name)
}

func versionOf(path string) (string, error) {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", path, err)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	for _, word := range strings.Fields(line) { // "v20.20.2", "deno 2.9.6 (stable ...)", "1.4.5"
		if number := strings.TrimPrefix(word, "v"); number != "" && number[0] >= '0' && number[0] <= '9' {
			return number, nil
		}
	}
	return line, nil
}

// run measures one workload in a new process.
func (p *program) run(ctx context.Context, workload string, d time.Duration) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*d+20*time.Second)
	defer cancel()
	args := append(append([]string{}, p.command[1:]...), workload, strconv.FormatInt(d.Milliseconds(), 10))
	cmd := exec.CommandContext(ctx, p.command[0], args...)
	cmd.Env = append(os.Environ(), p.env...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s %s: %w\n%s", p.command[0], workload, err, errors.String())
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return result{}, fmt.Errorf("%s %s printed %q: %w", p.command[0], workload, out, err)
	}
	return r, nil
}
