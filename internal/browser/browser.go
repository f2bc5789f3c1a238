// Package browser finds the browsers that the tests drive.
package browser

import (
	"fmt"
	"os"
	"os/exec"
)

// Browser is a browser that may be on this machine.
type Browser struct {
	Name     string
	Variable string // of the environment: the path of the one to use

	commands []string // its possible names, the first that exists is used
}

// The browsers that the tests can drive.
var (
	Chromium = Browser{"Chromium", "CHROMIUM", []string{
		"chromium", "chromium-browser", "google-chrome-stable", "google-chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	}}
	Firefox = Browser{"Firefox", "FIREFOX", []string{
		"firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox",
	}}
)

// Path returns the path of the browser's program. The error says what to do.
func (b Browser) Path() (string, error) {
	if path := os.Getenv(b.Variable); path != "" {
		path, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("there is no %s where %s says: %w", b.Name, b.Variable, err)
		}
		return path, nil
	}
	for _, command := range b.commands {
		if path, err := exec.LookPath(command); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("this needs %s: install one (`make setup` does, or says how), or set %s to the path of one",
		b.Name, b.Variable)
}
