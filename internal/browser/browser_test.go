package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The variable comes first, then the preferred command; the error says what to do.
func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("CHROMIUM", "")
	t.Setenv("FIREFOX", "")
	install := func(name string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o777); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b := Browser{"Chromium", "CHROMIUM", []string{"chromium", "google-chrome"}}
	expect := func(want string) {
		t.Helper()
		if path, err := b.Path(); err != nil || path != want {
			t.Errorf("found %q, %v, want %q", path, err, want)
		}
	}
	if path, err := b.Path(); err == nil || !strings.Contains(err.Error(), "set CHROMIUM to the path of one") {
		t.Errorf("with none it found %q, %v", path, err)
	}
	expect(install("google-chrome"))
	expect(install("chromium"))
	other := install("firefox")
	t.Setenv("CHROMIUM", other)
	expect(other)
	t.Setenv("CHROMIUM", "firefox")
	expect(other)
	t.Setenv("CHROMIUM", filepath.Join(dir, "nothing"))
	if path, err := b.Path(); err == nil || !strings.Contains(err.Error(), "CHROMIUM") {
		t.Errorf("it found %q where nothing is, %v", path, err)
	}
	if path, err := Firefox.Path(); err != nil || path != other {
		t.Errorf("found %q, %v", path, err)
	}
}
