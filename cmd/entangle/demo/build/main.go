// Command build bundles Yjs, which the demo's document merges edits with, from npm/node_modules
// into dist/yjs.js, with the licences of what is in it beside it.
//
// The bundle is committed, so that no step of building or running the Go program needs npm.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// packages are what the bundle is made of, by npm name.
var packages = []string{"yjs", "lib0", "isomorphic.js"}

func main() {
	if err := run("dist"); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run writes the files into dir. It is run in the folder of the demo, as go generate does.
func run(dir string) error {
	files, err := bundle(".")
	if err != nil {
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

// bundle makes the files of dist by name. demo is the path of the demo's folder.
func bundle(demo string) (map[string][]byte, error) {
	demo, err := filepath.Abs(demo)
	if err != nil {
		return nil, err
	}
	modules := filepath.Join(demo, "..", "..", "..", "npm", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "yjs")); err != nil {
		return nil, fmt.Errorf("yjs is not installed: run npm --prefix npm ci (%w)", err)
	}
	licences, names, err := licences(modules)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{filepath.Join(demo, "build", "yjs.js")},
		AbsWorkingDir:     demo,
		NodePaths:         []string{modules},
		Bundle:            true,
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		Charset:           api.CharsetASCII,
		LegalComments:     api.LegalCommentsNone,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Banner:            map[string]string{"js": "// " + names + "; licences in yjs.LICENSE.txt"},
		LogLevel:          api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
	}
	return map[string][]byte{"yjs.js": result.OutputFiles[0].Contents, "yjs.LICENSE.txt": licences}, nil
}

// licences joins the licence texts of the packages, and their names with versions.
func licences(modules string) (text []byte, names string, err error) {
	for i, name := range packages {
		var manifest struct{ Version, License string }
		content, err := os.ReadFile(filepath.Join(modules, name, "package.json"))
		if err != nil {
			return nil, "", err
		}
		if err := json.Unmarshal(content, &manifest); err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		licence, err := os.ReadFile(filepath.Join(modules, name, "LICENSE"))
		if err != nil {
			return nil, "", err
		}
		if i > 0 {
			names += ", "
		}
		names += name + " " + manifest.Version
		text = fmt.Appendf(text, "%s %s (%s)\n\n%s\n\n", name, manifest.Version, manifest.License, strings.TrimSpace(string(licence)))
	}
	return text, names, nil
}
