package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lists names the lists of the folder "lists", and says from which folders of a
// checkout each is made.
var lists = []struct {
	name    string
	folders []string
	title   string
}{
	{"core", []string{"webmessaging", "html/infrastructure/safe-passing-of-structured-data", "html/webappapis/structured-clone"},
		"web messaging, safe passing of structured data, structuredClone()"},
	{"workers", []string{"workers"}, "workers"},
	{"windows", []string{"html/browsers/windows"}, "browsing contexts"},
}

// readList reads the URL paths of a list: one per line; lines that are empty or start
// with # do not count.
func readList(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var urls []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, "/") {
			return nil, fmt.Errorf("conformance: %s: %q is no URL path", name, line)
		}
		if slices.Contains(urls, line) {
			return nil, fmt.Errorf("conformance: %s: %s is there twice", name, line)
		}
		urls = append(urls, line)
	}
	return urls, nil
}

// readLists reads all lists of a folder, in their order, each once.
func readLists(folder string) (map[string][]string, error) {
	read := map[string][]string{}
	for _, list := range lists {
		urls, err := readList(filepath.Join(folder, list.name+".txt"))
		if err != nil {
			return nil, err
		}
		read[list.name] = urls
	}
	return read, nil
}

// writeLists makes the lists anew from a checkout.
func writeLists(folder, checkout string) error {
	for _, list := range lists {
		var urls []string
		for _, dir := range list.folders {
			found, err := findTests(os.DirFS(checkout), dir)
			if err != nil {
				return err
			}
			urls = append(urls, found...)
		}
		slices.Sort(urls)
		if err := replaceFile(filepath.Join(folder, list.name+".txt"), []byte(strings.Join(urls, "\n")+"\n")); err != nil {
			return err
		}
	}
	return nil
}
