package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// maxKeyFile is the maximal size of a key file in bytes: room for hundreds of keys, where
// two are usual.
const maxKeyFile = 64 << 10

// hubKeys returns the secrets of the hub from a file, by default the one in the user's state
// folder. If that folder cannot keep a key it says so and returns none; the key of the hub then
// ends with the hub.
func hubKeys(file string, errOut io.Writer) ([][]byte, error) {
	if file != "" {
		return readKeys(file)
	}
	keys, err := keptKeys(errOut)
	var noFile *fs.PathError
	var noLink *os.LinkError
	if errors.As(err, &noFile) || errors.As(err, &noLink) || errors.Is(err, errNoStateFolder) {
		fmt.Fprintf(errOut, "the hub cannot keep its key, so if you start it again its clients lose their ports: %v\n"+
			"--key-file FILE names another place\n", err)
		return nil, nil
	}
	return keys, err
}

// keptKeys reads the key file in the user's state folder, and makes it if there is none.
func keptKeys(errOut io.Writer) ([][]byte, error) {
	file, err := stateFile()
	if err != nil {
		return nil, err
	}
	made, err := makeKey(file)
	if err != nil {
		return nil, err
	}
	if made {
		fmt.Fprintf(errOut, "the hub keeps its key in %s: with it, a hub that you start again takes its clients back\n", file)
	}
	return readKeys(file)
}

var errNoStateFolder = errors.New("there is no folder for the user's state")

// stateFile returns the default path of the key file. It belongs to the user, because everybody who
// reaches that hub is the user.
//
// https://specifications.freedesktop.org/basedir-spec/latest/
func stateFile() (string, error) {
	folder := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(folder) { // a relative one is to be ignored
		var err error
		switch runtime.GOOS {
		case "darwin", "windows":
			folder, err = os.UserConfigDir()
		default:
			folder, err = os.UserHomeDir()
			folder = filepath.Join(folder, ".local", "state")
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", errNoStateFolder, err)
		}
	}
	return filepath.Join(folder, "entangle", "hub.key"), nil
}

// makeKey makes a file with a new key, unless there is one. The file is complete as soon as it
// has its name, and is never replaced: of programs that start at the same time one makes it
// and all read it.
func makeKey(file string) (made bool, err error) {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false, err
	}
	temporary, err := os.CreateTemp(folder, ".hub.key-*") // of mode 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(temporary.Name())
	secret := make([]byte, protocol.MinSecret)
	rand.Read(secret)
	_, err = fmt.Fprintf(temporary, "# The key of this user's Entangle hubs. Anybody who has it can take their ports.\n%s\n",
		base64.StdEncoding.EncodeToString(secret))
	if err = cmp.Or(err, temporary.Sync(), temporary.Close()); err != nil {
		return false, err
	}
	err = os.Link(temporary.Name(), file)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// readKeys reads a file of keys. It refuses a file that users other than the owner may read.
func readKeys(file string) ([][]byte, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the hub's keys cannot be read: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("the hub's keys cannot be read: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("users other than its owner may read the key file %s (mode %04o). Anybody who has a key can take the ports of "+
			"the hub's clients: chmod 600 %[1]s, and put a new key in front if somebody may have read it", file, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(in, maxKeyFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the hub's keys cannot be read: %w", err)
	case len(text) > maxKeyFile:
		return nil, fmt.Errorf("the key file %s is larger than %d KiB; does it have one key a line?", file, maxKeyFile>>10)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("the key file %s: %w", file, err)
	}
	return keys, nil
}

// howToMakeKey ends the errors about missing and bad keys.
const howToMakeKey = "'openssl rand -base64 32' makes one"

// parseKeys parses one key a line. Its errors show nothing of a key.
func parseKeys(text []byte) ([][]byte, error) {
	var keys [][]byte
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, maxKeyFile+1)
	number := 0
	for scanner.Scan() {
		number++
		line, _, _ := strings.Cut(scanner.Text(), "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, ok := parseKey(line)
		switch {
		case !ok:
			return nil, fmt.Errorf("line %d is neither base64 nor hex; %s", number, howToMakeKey)
		case len(key) < protocol.MinSecret:
			return nil, fmt.Errorf("line %d has %d bytes, but a key needs %d; %s", number, len(key), protocol.MinSecret, howToMakeKey)
		}
		keys = append(keys, key)
	}
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it; " + howToMakeKey)
	}
	return keys, nil
}

// parseKey reads hex, or else base64 of either alphabet, padded or not.
func parseKey(text string) (key []byte, ok bool) {
	if key, err := hex.DecodeString(text); err == nil {
		return key, true
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return key, err == nil
}
