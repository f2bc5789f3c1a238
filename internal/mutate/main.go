// Command mutate tests the tests of a package: it changes one operator of the package after the
// other, and runs the package's own tests, which should fail.
//
// It runs gremlins, which is pinned in internal/tools, on a copy of the repository, and compares
// the surviving mutants with survivors.txt: each needs a reason there. See goCommand for the faults
// of gremlins that it works around.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// reasonsFile lists the mutants that may live, in the repository.
const reasonsFile = "internal/mutate/survivors.txt"

func main() {
	if filepath.Base(os.Args[0]) == "go" {
		os.Exit(goCommand(os.Args[1:]))
	}
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mutate PACKAGE-FOLDER, in the root of the repository: mutate ./hub")
		os.Exit(2)
	}
	if err := mutate(os.Stdout, filepath.ToSlash(filepath.Clean(os.Args[1]))); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func mutate(w io.Writer, dir string) error {
	text, err := os.ReadFile(reasonsFile)
	if err != nil {
		return err
	}
	reasons, err := parseReasons(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", reasonsFile, err)
	}
	temp, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	tree := filepath.Join(temp, "tree")
	if err := copyTree(tree); err != nil {
		return err
	}
	mutants, err := run(temp, tree, dir)
	if err != nil {
		return err
	}
	return judge(w, dir, mutants, reasons)
}

// copyTree copies the files that git tracks or would add. So it does not copy node_modules, and
// nothing changes a file that somebody edits.
func copyTree(to string) error {
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// run runs gremlins on a folder of the tree and returns its report.
func run(temp, tree, dir string) ([]mutant, error) {
	goPath, err := exec.LookPath("go")
	if err != nil {
		return nil, err
	}
	command := func(env []string, name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir, c.Env, c.Stderr = tree, append(os.Environ(), env...), os.Stderr
		return c
	}
	pkg, err := command(nil, goPath, "list", "./"+dir).Output()
	if err != nil {
		return nil, fmt.Errorf("go list ./%s: %w", dir, err)
	}
	gremlins, err := command(nil, goPath, "tool", "-modfile=internal/tools/go.mod", "-n", "gremlins").Output()
	if err != nil {
		return nil, fmt.Errorf("go tool gremlins: %w", err)
	}
	tests, err := command(nil, goPath, "test", "-count=1", "-vet=off", "./"+dir).Output()
	if err != nil {
		return nil, fmt.Errorf("the tests fail as it is:\n%s", tests)
	}
	limit, err := limitOf(string(tests))
	if err != nil {
		return nil, err
	}

	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bin, report := filepath.Join(temp, "bin"), filepath.Join(temp, "report.json")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(self, filepath.Join(bin, "go")); err != nil {
		return nil, err
	}
	env := []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TMPDIR=" + temp,
		goVariable + "=" + goPath,
		packageVariable + "=" + strings.TrimSpace(string(pkg)),
		limitVariable + "=" + limit.String(),
	}
	c := command(env, strings.TrimSpace(string(gremlins)), "unleash", "./"+dir, "--output", report,
		"--exclude-files", "/", // other packages, below the folder
		"--timeout-coefficient", "60", // the tests end themselves, see limitOf
		"--invert-negatives=false", // the same once more as ARITHMETIC_BASE
		"--invert-assignments", "--invert-bitwise", "--invert-bwassign", "--invert-logical",
		"--invert-loopctrl", "--remove-self-assignments")
	c.Stdout = os.Stderr // progress
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("gremlins: %w", err)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	return parseReport(text, tree, dir)
}

// limitOf returns the time limit for the tests of a mutant, from the line that go test prints for
// the unchanged package. Tests that take longer have failed.
func limitOf(line string) (time.Duration, error) {
	match := regexp.MustCompile(`^ok\s+\S+\s+([0-9.]+s)`).FindStringSubmatch(line)
	if match == nil {
		return 0, fmt.Errorf("the package has no tests: %s", line)
	}
	took, err := time.ParseDuration(match[1])
	return max(10*time.Second, 5*took), err
}

// What goCommand is told in its environment.
const (
	goVariable      = "MUTATE_GO"      // the real command
	packageVariable = "MUTATE_PACKAGE" // the package under test
	limitVariable   = "MUTATE_LIMIT"   // how long its tests may take
)

// goCommand stands in for the go command when gremlins calls it, which would otherwise take a
// mutant that does not compile for one that is killed, as go test exits with 1 for both; take how
// long the tests may run from a cached run of them; leave the processes of those that hang behind;
// and run the tests of packages below the folder.
func goCommand(args []string) (exitCode int) {
	if args[0] != "test" {
		return 0 // go mod download: the tests have run already, so everything is there
	}
	args[len(args)-1] = os.Getenv(packageVariable)
	for i := range args {
		if args[i] == "-timeout" {
			args[i+1] = os.Getenv(limitVariable)
		}
	}
	args = append([]string{"test", "-count=1", "-vet=off", "-failfast"}, args[1:]...)
	out, err := exec.Command(os.Getenv(goVariable), args...).CombinedOutput()
	os.Stdout.Write(out)
	switch {
	case err == nil:
		return 0
	case bytes.Contains(out, []byte("[build failed]")):
		return 2 // what gremlins calls not viable
	}
	return 1
}

// report is the used part of gremlins' report.
type report struct {
	Files []struct {
		Name      string `json:"file_name"`
		Mutations []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
			Line   int    `json:"line"`
			Column int    `json:"column"`
		} `json:"mutations"`
	} `json:"files"`
}

// parseReport adds the code of the mutants, from the files in the folder of the tree.
func parseReport(text []byte, tree, dir string) ([]mutant, error) {
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("gremlins' report: %w", err)
	}
	var mutants []mutant
	for _, file := range r.Files {
		source, err := os.ReadFile(filepath.Join(tree, dir, file.Name))
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(source), "\n")
		for _, m := range file.Mutations {
			if m.Line < 1 || m.Line > len(lines) || m.Column < 1 || m.Column > len(lines[m.Line-1]) {
				return nil, fmt.Errorf("gremlins' report: %s has no place %d:%d", file.Name, m.Line, m.Column)
			}
			line := lines[m.Line-1]
			code := codeOf(line[:m.Column-1] + mark + line[m.Column-1:])
			mutants = append(mutants, mutant{
				id:   id{filepath.ToSlash(filepath.Join(dir, file.Name)), m.Type, code},
				line: m.Line, column: m.Column, status: status(m.Status),
			})
		}
	}
	return mutants, nil
}

// codeOf returns a line without indentation and without the comment behind it.
func codeOf(line string) string {
	code, _, _ := strings.Cut(line, " // ")
	return strings.TrimSpace(code)
}
