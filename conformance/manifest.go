package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// findTests finds the tests in a folder of a checkout of the suite: the URL path of each page that
// uses the suite's harness and needs no user who looks or clicks. Which files are tests, and which
// pages the server makes of a script, follows from the file names, as the suite documents it:
// https://web-platform-tests.org/writing-tests/file-names.html and
// https://web-platform-tests.org/writing-tests/testharness.html#auto-generated-test-boilerplate
func findTests(root fs.FS, folder string) ([]string, error) {
	var urls []string
	err := fs.WalkDir(root, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(supportFolders, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		found, err := testsOf(root, name)
		urls = append(urls, found...)
		return err
	})
	slices.Sort(urls)
	return urls, err
}

// supportFolders hold what tests load.
var supportFolders = []string{"resources", "support", "tools", "reference", "crashtests", "print"}

// testsOf makes the URL paths of one file.
func testsOf(root fs.FS, name string) ([]string, error) {
	stem, ext := path.Base(name), path.Ext(name)
	stem = strings.TrimSuffix(stem, ext)
	if strings.HasPrefix(stem, ".") || otherKind(stem) {
		return nil, nil
	}
	flags := strings.Split(stem, ".")[1:]
	script := ext == ".js" && (slices.Contains(flags, "any") || slices.Contains(flags, "worker") || slices.Contains(flags, "window"))
	markup := slices.Contains([]string{".html", ".htm", ".xhtml", ".xht"}, ext)
	if !script && !markup {
		return nil, nil
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	url := "/" + name
	if markup {
		harness, variants, err := readPage(file)
		if err != nil || !harness {
			return nil, err
		}
		return withVariants([]string{url}, variants), nil
	}
	globals, variants, err := readMetadata(file)
	if err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(flags, "any"):
		return withVariants(anyPages(url, globals), variants), nil
	case slices.Contains(flags, "worker"):
		return withVariants([]string{strings.TrimSuffix(url, ".worker.js") + ".worker.html"}, variants), nil
	default:
		return withVariants([]string{strings.TrimSuffix(url, ".window.js") + ".window.html"}, variants), nil
	}
}

// otherKind says that a file is a test of a kind that is not run here: one that a human judges, or
// that is compared with how another page looks.
func otherKind(stem string) bool {
	i := strings.LastIndex(stem, "-")
	kind, _, _ := strings.Cut(stem[i+1:], ".")
	return i >= 0 && slices.Contains([]string{"manual", "visual", "crash", "print"}, kind)
}

// pagesOf is which page a kind of global gets; the others get ".any." kind ".html".
var pagesOf = map[string]string{"window": ".any.html", "dedicatedworker": ".any.worker.html",
	"dedicatedworker-module": ".any.worker-module.html"}

// knownGlobals are the kinds of global with a page; "worker" stands for three of them, and a shell
// that has no pages at all is not among them.
var knownGlobals = []string{"window", "dedicatedworker", "dedicatedworker-module", "sharedworker", "sharedworker-module", "serviceworker",
	"serviceworker-module"}

func anyPages(url string, globals []string) []string {
	base := strings.TrimSuffix(url, ".any.js")
	var pages []string
	for _, global := range globals {
		if !slices.Contains(knownGlobals, global) {
			continue
		}
		page, ok := pagesOf[global]
		if !ok {
			page = ".any." + global + ".html"
		}
		pages = append(pages, base+page)
	}
	return pages
}

func withVariants(urls, variants []string) []string {
	if len(variants) == 0 {
		return urls
	}
	var varied []string
	for _, url := range urls {
		for _, variant := range variants {
			varied = append(varied, url+variant)
		}
	}
	return varied
}

var metadata = regexp.MustCompile(`^//\s*META:\s*(\w*)=(.*)$`)

// readMetadata reads the comments at the head of a script: the globals it is to run in
// and its variants.
func readMetadata(r io.Reader) (globals, variants []string, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	named := ""
	for lines.Scan() {
		match := metadata.FindStringSubmatch(lines.Text())
		if match == nil {
			break
		}
		switch match[1] {
		case "global":
			if named == "" {
				named = match[2]
			}
		case "variant":
			variants = append(variants, match[2])
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, nil, err
	}
	if named == "" {
		named = "window,dedicatedworker"
	}
	for name := range strings.SplitSeq(named, ",") {
		if name = strings.TrimSpace(name); name == "worker" {
			globals = append(globals, "dedicatedworker", "sharedworker", "serviceworker")
		} else {
			globals = append(globals, name)
		}
	}
	slices.Sort(globals)
	return slices.Compact(globals), variants, nil
}

// readPage says whether a page uses the harness, and its variants.
func readPage(r io.Reader) (harness bool, variants []string, err error) {
	document, err := html.Parse(r)
	if err != nil {
		return false, nil, err
	}
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		switch {
		case node.Data == "script" && attribute(node, "src") == "/resources/testharness.js":
			harness = true
		case node.Data == "meta" && attribute(node, "name") == "variant":
			variants = append(variants, attribute(node, "content"))
		}
	}
	return harness, variants, nil
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
