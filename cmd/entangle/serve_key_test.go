package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestKeyFiles(t *testing.T) {
	// Its base64 has both characters that the two alphabets write differently.
	present, former := bytes.Repeat([]byte{0xfb, 0xff, 0x01, 0x02}, 8), bytes.Repeat([]byte{7}, 40)
	standard, url := base64.StdEncoding.EncodeToString(present), base64.RawURLEncoding.EncodeToString(present)
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want [][]byte
		says string
	}{
		"base64":              {standard + "\n", 0o600, [][]byte{present}, ""},
		"base64 of URLs":      {url, 0o400, [][]byte{present}, ""},
		"hex":                 {strings.ToUpper(hex.EncodeToString(present)), 0o600, [][]byte{present}, ""},
		"two":                 {standard + "\r\n\n" + hex.EncodeToString(former) + "\n", 0o600, [][]byte{present, former}, ""},
		"comments":            {"# present\n " + standard + " # of May\n\t# former: none\n", 0o600, [][]byte{present}, ""},
		"bad base64":          {"# one\n" + standard[:20] + "!" + standard[20:], 0o600, nil, "line 2 is neither base64 nor hex"},
		"cut base64":          {standard[:41], 0o600, nil, "line 1 is neither base64 nor hex"},
		"two on a line":       {standard + " " + url, 0o600, nil, "line 1 is neither base64 nor hex"},
		"short base64":        {standard + "\n" + base64.StdEncoding.EncodeToString(present[:31]), 0o600, nil, "line 2 has 31 bytes"},
		"short hex":           {hex.EncodeToString(present[:24]), 0o600, nil, "line 1 has 24 bytes, but a key needs 32"},
		"empty":               {"", 0o600, nil, "no key in it; 'openssl rand -base64 32' makes one"},
		"only comments":       {"# none yet\n\n", 0o600, nil, "no key in it"},
		"large":               {strings.Repeat("#\n", maxKeyFile), 0o600, nil, "larger than 64 KiB"},
		"one long line":       {strings.Repeat("/", maxKeyFile), 0o600, [][]byte{bytes.Repeat([]byte{0xff}, maxKeyFile/4*3)}, ""},
		"readable by a group": {standard, 0o640, nil, "chmod 600"},
		"readable by all":     {standard, 0o604, nil, "chmod 600"},
		"writable by all":     {standard, 0o602, nil, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && c.mode&0o077 != 0 { // files have no such modes there
				c.want, c.says = [][]byte{present}, ""
			}
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			keys, err := hubKeys(file, io.Discard)
			if !reflect.DeepEqual(keys, c.want) {
				t.Errorf("got %.80x, want %.80x", keys, c.want)
			}
			switch {
			case (err != nil) != (c.says != ""), err != nil && !strings.Contains(err.Error(), c.says):
				t.Errorf("the error is %v, want %q", err, c.says)
			case err != nil && !strings.Contains(err.Error(), file):
				t.Errorf("the error does not name the file: %v", err)
			case err != nil && (strings.Contains(err.Error(), standard[:8]) || strings.Contains(err.Error(), url[:8])):
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

// A bad key file that was asked for is a failure, and so is one in the user's state folder: with
// another key the clients would lose their ports.
func TestServeRefusesKeys(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	missing := filepath.Join(state, "missing")
	if said := start(t, "serve", "--listen", "127.0.0.1:0", "--key-file", missing).ends(exitFailed); !strings.Contains(said, missing) {
		t.Errorf("it said %q", said)
	}
	if err := os.Mkdir(filepath.Join(state, "entangle"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "entangle", "hub.key"), []byte("c2hvcnQ="), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := start(t, "serve", "--listen", "127.0.0.1:0").ends(exitFailed); !strings.Contains(said, "line 1 has 5 bytes") {
		t.Errorf("it said %q", said)
	}
}

// Programs that start at once, and later ones, have one key, which nobody else can read.
func TestKeptKey(t *testing.T) {
	state := filepath.Join(t.TempDir(), "not", "there")
	t.Setenv("XDG_STATE_HOME", state)
	file := filepath.Join(state, "entangle", "hub.key")
	var starting sync.WaitGroup
	var made atomic.Int32
	found := make([][][]byte, 16)
	for i := range found {
		starting.Go(func() {
			var said strings.Builder
			keys, err := hubKeys("", &said)
			if err != nil {
				t.Error(err)
			}
			found[i] = keys
			switch {
			case strings.Contains(said.String(), "the hub keeps its key in "+file):
				made.Add(1)
			case said.Len() > 0:
				t.Errorf("it said %q", said.String())
			}
		})
	}
	starting.Wait()
	if made.Load() != 1 {
		t.Errorf("%d made a key", made.Load())
	}
	for _, keys := range found {
		if len(keys) != 1 || !bytes.Equal(keys[0], found[0][0]) {
			t.Fatalf("their keys differ: %x", found)
		}
	}
	files, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(files) != 1 {
		t.Errorf("in the folder are %v, %v", files, err)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

// Where no key can be kept the hub runs all the same, and says what that means.
func TestNoKeptKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	homeless := func(t *testing.T) {
		for _, name := range []string{"XDG_STATE_HOME", "HOME", "AppData"} {
			t.Setenv(name, "")
		}
	}
	for name, prepare := range map[string]func(*testing.T){
		"a file in the way": func(t *testing.T) { t.Setenv("XDG_STATE_HOME", file) },
		"no home":           homeless,
	} {
		t.Run(name, func(t *testing.T) {
			prepare(t)
			p := start(t, "serve", "--listen", "127.0.0.1:0")
			p.says("the hub cannot keep its key", "--key-file FILE")
			if line, err := p.out.ReadString('\n'); err != nil || !strings.HasPrefix(line, "Entangle is running") {
				t.Errorf("printed %q, %v", line, err)
			}
			p.interrupt()
			p.ends(exitDone)
		})
	}
}

// A relative $XDG_STATE_HOME is no folder for state; the one in the home folder is.
func TestStateFile(t *testing.T) {
	home := t.TempDir()
	for name, value := range map[string]string{"XDG_STATE_HOME": "here", "HOME": home, "AppData": home} {
		t.Setenv(name, value)
	}
	file, err := stateFile()
	if err != nil || !strings.HasPrefix(file, home) || !strings.HasSuffix(file, filepath.Join("entangle", "hub.key")) {
		t.Errorf("it is %s, %v", file, err)
	}
}
