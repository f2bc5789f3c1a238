package main

import (
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"
)

// runSite holds the URLs that the arguments of `entangle run` name, and the served folder.
type runSite struct {
	urls  []string
	files fs.FS    // nil: none of the arguments is a file
	root  *os.Root // behind files: it serves nothing outside of the folder, wherever links lead
}

// close ends the serving of files.
func (s *runSite) close() {
	if s.root != nil {
		s.root.Close()
	}
}

// runTarget is one argument that is a file or a folder.
type runTarget struct {
	argument string
	path     string // absolute; that of a folder's index.html
	folder   bool   // it is a folder
	suffix   string // the query and the fragment
}

// fromInput is the argument that stands for a script in the input.
const fromInput = "-"

// newRunSite classifies the arguments. input is the script for the argument "-". Its errors
// are usage errors.
func newRunSite(arguments []string, folder string, input []byte) (*runSite, error) {
	s := &runSite{urls: make([]string, len(arguments))}
	targets := map[int]runTarget{}
	given := slices.Index(arguments, fromInput)
	if given >= 0 && slices.Contains(arguments[given+1:], fromInput) {
		return nil, usageError{errors.New("there is only one input, so use - only once")}
	}
	for i, argument := range arguments {
		if argument == fromInput {
			continue
		}
		if scheme, _, found := strings.Cut(argument, ":"); found && isScheme(scheme) && !exists(argument) {
			if !slices.Contains([]string{"http", "https", "data", "about"}, strings.ToLower(scheme)) {
				return nil, usageError{fmt.Errorf("%s: only http:, https:, data: and about: URLs work here; name a file by its path",
					argument)}
			}
			s.urls[i] = argument
			continue
		}
		target, err := newRunTarget(argument)
		if err != nil {
			return nil, usageError{err}
		}
		targets[i] = target
	}
	if len(targets) == 0 && given < 0 && folder == "" {
		return s, nil
	}
	folder, err := servedFolder(targets, folder)
	if err != nil {
		return nil, usageError{err}
	}
	if s.root, err = os.OpenRoot(folder); err != nil {
		return nil, usageError{fmt.Errorf("--root: %w", err)}
	}
	files := runFiles{s.root.FS(), fstest.MapFS{}}
	s.files = files
	for i, target := range targets {
		if s.urls[i], err = files.add(folder, target); err != nil {
			s.close()
			return nil, usageError{err}
		}
	}
	if given >= 0 {
		s.urls[given] = files.addScript(input)
	}
	return s, nil
}

// isScheme reports whether the text before a colon is a URL's scheme. One letter is a drive.
func isScheme(s string) bool {
	return len(s) > 1 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// newRunTarget finds a file. A query (?) or fragment (#) belongs to the URL, unless there is a
// file of that name.
func newRunTarget(argument string) (runTarget, error) {
	if argument == "" {
		return runTarget{}, errors.New("an argument is empty; \".\" is the folder you are in")
	}
	name, suffix := argument, ""
	if i := strings.IndexAny(argument, "?#"); i > 0 && !exists(argument) {
		name, suffix = argument[:i], argument[i:]
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return runTarget{}, err
	}
	info, err := os.Stat(absolute)
	folder := err == nil && info.IsDir()
	if folder {
		absolute = filepath.Join(absolute, "index.html")
		if _, err = os.Stat(absolute); err != nil {
			return runTarget{}, fmt.Errorf("the folder %s has no index.html; name a page or a script in it", name)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return runTarget{}, fmt.Errorf("there is no file %s; a URL begins with http:// or https://", name)
	case err != nil:
		return runTarget{}, err
	}
	return runTarget{argument, absolute, folder, suffix}, nil
}

// servedFolder returns the folder to serve: the one that --root names, or else the folder of one of
// the files, which must hold all others. Without files it is the working folder.
func servedFolder(targets map[int]runTarget, asked string) (string, error) {
	folder, err := filepath.Abs(asked)
	if err != nil {
		return "", err
	}
	if asked == "" && len(targets) > 0 {
		folder = ""
		for _, t := range targets {
			if dir := filepath.Dir(t.path); folder == "" || len(dir) < len(folder) {
				folder = dir
			}
		}
	}
	for _, t := range targets {
		switch relative, err := filepath.Rel(folder, t.path); {
		case err == nil && filepath.IsLocal(relative):
		case asked == "":
			return "", fmt.Errorf("%s is not in the folder %s, and the files of one run are served from one folder.\n"+
				"Name one that holds all of them with --root FOLDER", t.argument, folder)
		default:
			return "", fmt.Errorf("%s is not in the folder %s that --root names", t.argument, folder)
		}
	}
	return folder, nil
}

// runFiles is the served folder, and the files made for the run: pages for scripts, and the
// script of the input.
type runFiles struct {
	fs.FS
	made fstest.MapFS
}

func (f runFiles) Open(name string) (fs.File, error) {
	if _, found := f.made[name]; found {
		return f.made.Open(name)
	}
	return f.FS.Open(name)
}

// add returns the URL of a file. For a script it makes a page beside the script and returns
// the page's URL.
func (f runFiles) add(folder string, t runTarget) (string, error) {
	relative, err := filepath.Rel(folder, t.path)
	if err != nil {
		return "", err
	}
	name, attributes := filepath.ToSlash(relative), ""
	if _, err := fs.Stat(f.FS, name); err != nil {
		return "", fmt.Errorf("%s cannot be served from %s: %w", t.argument, folder, err)
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		if t.folder {
			name = strings.TrimSuffix(name, "index.html")
		}
		return pathURL(name) + t.suffix, nil
	case ".mjs":
		attributes = ` type="module"`
	case ".js":
	default:
		return "", fmt.Errorf("%s is no page (.html) and no script (.js, or .mjs for a module)", t.argument)
	}
	return f.addPage(name, attributes) + t.suffix, nil
}

// addScript makes a page for a script that is no file, and returns its URL. The script appears in
// the served folder itself, so that its relative URLs lead there.
func (f runFiles) addScript(text []byte) string {
	name := f.unused("stdin", ".js")
	f.made[name] = &fstest.MapFile{Data: text}
	return f.addPage(name, "")
}

// addPage makes a page beside a script that runs it, and returns its URL.
func (f runFiles) addPage(script, attributes string) string {
	page := f.unused(script, ".html")
	text := fmt.Sprintf("<!doctype html>\n<meta charset=\"utf-8\">\n<title>%s</title>\n<script%s src=\"%s\"></script>\n",
		html.EscapeString(path.Base(script)), attributes, html.EscapeString(pathURL(script)))
	f.made[page] = &fstest.MapFile{Data: []byte(text)}
	return pathURL(page)
}

// unused returns a name that no file has.
func (f runFiles) unused(name, extension string) string {
	for {
		if _, err := fs.Stat(f, name+extension); err != nil {
			return name + extension
		}
		name += "-"
	}
}

// pathURL returns the URL of a file, relative to the origin.
func pathURL(name string) string { return (&url.URL{Path: "/" + name}).EscapedPath() }
