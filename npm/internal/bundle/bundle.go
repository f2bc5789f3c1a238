// Package bundle turns the TypeScript sources of the client into what is shipped: ES modules by
// esbuild's Go API, declarations by tsc. The command in npm/build writes them; a test compares them
// with what is committed.
package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Entries are the modules of the package: dist/NAME.js and dist/NAME.d.ts of src/NAME.ts.
var Entries = []string{"entangle", "install", "share", "tabs", "worker"}

// Root finds the folder npm of this repository from the current directory or one above it.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		for _, candidate := range []string{dir, filepath.Join(dir, "npm")} {
			if _, err := os.Stat(filepath.Join(candidate, "src", "entangle.ts")); err == nil {
				return candidate, nil
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the repository: no npm/src/entangle.ts here or above")
		}
		dir = parent
	}
}

// internals are members of the client that its users never see, and that no interface of the
// platform and no message between realms has. They get short names, the same in all entries.
var internals = strings.Fields(`
	abort ack ackedBytes attach attached behind broadcasts carrier client closed closedThere
	connection deadline deliver discard ended fire flow gone granted hello hold idle last leaving
	limit lingering listen listening lose messages news opened order outgoing owed owedBytes owners
	pending progress receive received recvBytes recvNext refuse refused relays report retained
	run seen sendBytes sendNext sentBytes sentNext settle sharing sizes started step stop subscribe
	subscribed sum take tell told turnBytes turnMessages turnSince unlisten unsubscribe wait waiting
	waitingBytes welcome windows wires`)

// Scripts bundles the entries of the package into minified ES modules, by file name. What esbuild
// has bundled terser makes smaller still.
func Scripts(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	short := map[string]any{} // what the first entry calls its internals the others call so too
	for _, name := range Entries {
		built, err := build(api.BuildOptions{
			AbsWorkingDir:     root,
			EntryPoints:       []string{filepath.Join(root, "src", name+".ts")},
			Outdir:            filepath.Join(root, "dist"),
			Platform:          api.PlatformNeutral,
			MinifyWhitespace:  true,
			MinifyIdentifiers: true,
			MinifySyntax:      true,
			MangleProps:       "^(" + strings.Join(internals, "|") + ")$",
			MangleCache:       short,
			// The others share the modules entangle.js and tabs.js instead of carrying copies of them.
			Plugins: []api.Plugin{{Name: "shared entry", Setup: func(b api.PluginBuild) {
				b.OnResolve(api.OnResolveOptions{Filter: `^\./(entangle|tabs)\.ts$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
					return api.OnResolveResult{Path: strings.TrimSuffix(args.Path, ".ts") + ".js", External: true}, nil
				})
			}}},
		})
		if err != nil {
			return nil, err
		}
		for file, script := range built {
			if files[file], err = shrink(root, script); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return files, nil
}

// Parts tells how many bytes of entangle.js each source has, by its path in src, before terser: the
// proportions hold after it.
func Parts(root string) (map[string]int, error) {
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: []string{filepath.Join(root, "src", Entries[0]+".ts")}, Outdir: root, Bundle: true,
		Format: api.FormatESModule, Target: api.ES2022, Metafile: true, LogLevel: api.LogLevelSilent,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, MangleProps: "^(" + strings.Join(internals, "|") + ")$",
	})
	var meta struct {
		Outputs map[string]struct {
			Inputs map[string]struct{ BytesInOutput int }
		}
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, fmt.Errorf("esbuild's metafile: %w", err)
	}
	parts := map[string]int{}
	for _, output := range meta.Outputs {
		for path, input := range output.Inputs {
			parts[strings.TrimPrefix(path, "src/")] = input.BytesInOutput
		}
	}
	return parts, nil
}

// shrink lets terser minify a module.
func shrink(root string, script []byte) ([]byte, error) {
	cmd := exec.Command(filepath.Join(root, "node_modules", ".bin", "terser"), "--module", "--ecma", "2020",
		"--compress", "passes=3,pure_getters,unsafe_arrows,lhs_constants=false", "--mangle", "--format", "ascii_only")
	cmd.Stdin = bytes.NewReader(script)
	var failed strings.Builder
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("terser (npm --prefix npm ci installs it): %w\n%s", err, &failed)
	}
	return out, nil
}

// Tests bundles tests, those whose path in the package matches one of the patterns, for node, by
// file name.
func Tests(root string, patterns ...string) (map[string][]byte, error) {
	var entries []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		entries = append(entries, paths...)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("no tests match %q", patterns)
	}
	return build(api.BuildOptions{
		AbsWorkingDir: root,
		EntryPoints:   entries,
		Outdir:        filepath.Join(root, ".tests"),
		OutExtension:  map[string]string{".js": ".mjs"},
		Platform:      api.PlatformNode,
		External:      []string{"puppeteer-core"},
		Sourcemap:     api.SourceMapInline,
		// The package says that its modules do nothing when they are imported. Tests do.
		IgnoreAnnotations: true,
	})
}

func build(options api.BuildOptions) (map[string][]byte, error) {
	options.Bundle = true
	options.Format = api.FormatESModule
	options.Target = api.ES2022
	options.Charset = api.CharsetASCII
	options.LegalComments = api.LegalCommentsNone
	options.LogLevel = api.LogLevelSilent
	result := api.Build(options)
	maps.Copy(options.MangleCache, result.MangleCache)
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), ""))
	}
	files := map[string][]byte{}
	for _, file := range result.OutputFiles {
		files[filepath.Base(file.Path)] = file.Contents
	}
	return files, nil
}

// Types lets tsc emit the declarations of the entries, by file name. They must stand alone: what
// they declare may come from the entries only, and from events.ts, which is put into the one that
// exports all of it.
func Types(root string) (map[string][]byte, error) {
	tsc := filepath.Join(root, "node_modules", ".bin", "tsc")
	if _, err := os.Stat(tsc); err != nil {
		return nil, fmt.Errorf("tsc is not installed (npm --prefix npm ci): %w", err)
	}
	dir, err := os.MkdirTemp("", "entangle-types")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(tsc, "-p", root, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--stripInternal",
		"--rootDir", root, "--outDir", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("tsc: %w\n%s", err, out)
	}
	events, err := os.ReadFile(filepath.Join(dir, "src", "events.d.ts"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range Entries {
		content, err := os.ReadFile(filepath.Join(dir, "src", name+".d.ts"))
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		entries := strings.NewReplacer(`"./entangle.ts"`, `"./entangle.js"`, `"./tabs.ts"`, `"./tabs.js"`)
		for line := range strings.Lines(entries.Replace(string(content))) {
			switch {
			case strings.HasPrefix(line, `export * from "./events.ts"`):
				text.Write(events)
			case strings.HasPrefix(line, "import") && strings.Contains(line, `"./events.ts"`):
			case strings.Contains(line, `from "./`) && !strings.Contains(line, `.js"`), strings.Contains(line, `import("./`):
				return nil, fmt.Errorf("%s.d.ts does not stand alone: %s", name, strings.TrimSpace(line))
			default:
				text.WriteString(line)
			}
		}
		files[name+".d.ts"] = []byte(text.String())
	}
	return files, nil
}

// Write replaces dir by one with these files.
func Write(dir string, files map[string][]byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
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
