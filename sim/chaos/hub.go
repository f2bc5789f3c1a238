package main

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// hub is a place where one process of `entangle serve` is after the other.
type hub struct {
	args    []string
	address string // of the first of its three ports
	log     *os.File
	book    *ledger

	mu      sync.Mutex // guards the fields below
	cmd     *exec.Cmd  // nil: there is none
	exited  chan struct{}
	killing bool
}

// newHub builds the command and starts it. It lets in the pages of origins, and serves their hosts.
func newHub(dir string, race bool, book *ledger) (*hub, error) {
	program, key := filepath.Join(dir, "entangle"), filepath.Join(dir, "hub.key")
	args := []string{"build", "-o", program}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "github.com/entangle-go/entangle/cmd/entangle")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the hub cannot be built: %w\n%s", err, out)
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	if err := os.WriteFile(key, []byte(hex.EncodeToString(secret)+"\n"), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "hub.log"))
	if err != nil {
		return nil, err
	}
	address, err := freePorts()
	if err != nil {
		return nil, err
	}
	return &hub{args: []string{program, "serve", "--key-file", key, "--listen", address}, address: address, log: log, book: book}, nil
}

// freePorts finds three ports in a row that are free, below those that the operating system gives
// away: there the hub finds them free again after each kill.
func freePorts() (string, error) {
	for range 100 {
		first := 20_000 + mathrand.IntN(10_000)
		free := true
		for port := first; port < first+3; port++ {
			listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				free = false
				break
			}
			listener.Close()
		}
		if free {
			return fmt.Sprintf("127.0.0.1:%d", first), nil
		}
	}
	return "", errors.New("there are no three free ports in a row between 20000 and 30000")
}

// allow lets pages of an origin in, and lets the hub serve its host.
func (h *hub) allow(origin string) { h.args = append(h.args, "--allow-origin", origin) }

// start starts a process, and returns when it listens.
func (h *hub) start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	cmd := exec.Command(h.args[0], h.args[1:]...)
	cmd.Stderr = h.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the hub cannot be started: %w", err)
	}
	h.cmd, h.exited, h.killing = cmd, make(chan struct{}), false
	listens := make(chan bool, 1)
	go h.watch(cmd, bufio.NewScanner(out), listens, h.exited)
	if !<-listens {
		return fmt.Errorf("the hub ended before it listened: %s", h.said())
	}
	return nil
}

// watch waits for the banner, then for the end of a process.
func (h *hub) watch(cmd *exec.Cmd, out *bufio.Scanner, listens chan<- bool, exited chan<- struct{}) {
	for out.Scan() {
		if strings.HasPrefix(out.Text(), "Entangle is running.") {
			listens <- true
		}
	}
	err := cmd.Wait()
	close(exited)
	select {
	case listens <- false:
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.killing && h.cmd == cmd {
		h.book.fail("the hub ended by itself: %v: %s", err, h.said())
	}
}

// kill ends the process as nothing can prepare for.
func (h *hub) kill() {
	h.mu.Lock()
	if h.cmd == nil {
		h.mu.Unlock()
		return
	}
	h.killing = true
	h.cmd.Process.Kill()
	exited := h.exited
	h.cmd = nil
	h.mu.Unlock()
	<-exited
}

// said returns the end of the hubs' output.
func (h *hub) said() string {
	text, err := os.ReadFile(h.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// look fails if a hub found something wrong with itself.
func (h *hub) look() {
	text, err := os.ReadFile(h.log.Name())
	if err != nil {
		h.book.fail("%v", err)
		return
	}
	for _, bad := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
		if i := strings.Index(string(text), bad); i >= 0 {
			h.book.fail("a hub wrote %s", text[i:min(len(text), i+4000)])
		}
	}
}

func (h *hub) close() {
	h.kill()
	h.look()
	h.log.Close()
}
