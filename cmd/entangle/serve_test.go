package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var address = regexp.MustCompile(`(?:ws|http)://127\.0\.0\.1:\d+[^\s"']*`)

// startServe starts a hub with a new key on free ports and returns the addresses that it prints, in
// their order.
func startServe(t *testing.T) (p *process, addresses []string) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	p = start(t, "serve", "--listen", "127.0.0.1:0")
	p.says("the hub keeps its key in")
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			t.Fatalf("serve ended: %v %s", err, p.ends(exitDone))
		}
		addresses = append(addresses, address.FindAllString(line, -1)...)
		if strings.HasPrefix(line, "Ctrl-C") {
			return p, addresses
		}
	}
}

func TestServe(t *testing.T) {
	p, addresses := startServe(t)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	hub := ""
	for _, address := range addresses {
		if strings.HasPrefix(address, "ws:") {
			hub = address
			continue
		}
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(text), "</html>") {
			t.Errorf("%s: %s, %v", address, response.Status, err)
		}
	}

	// The other commands, as the pages tell them, reach the hub, and are of the pages' partition.
	listener := start(t, "listen", "chat", "--hub", hub)
	listener.says(`listening for "chat"`)
	caller := start(t, "connect", "chat", "--hub", hub)
	caller.says("waiting", "connected")
	social := strings.TrimSuffix(strings.Replace(hub, "ws:", "http:", 1), hubPath)
	listener.says(fmt.Sprintf("connect origin %s user dev", social))

	caller.interrupt()
	caller.ends(exitDone)
	listener.says("1: close")
	listener.interrupt()
	listener.ends(exitDone)
	p.interrupt()
	p.ends(exitDone)
	if _, err := client.Get(addresses[1]); err == nil {
		t.Errorf("%s still answers after Ctrl-C", addresses[1])
	}
}

func TestServeTwoAtOnce(t *testing.T) {
	first, _ := startServe(t)
	second, _ := startServe(t)
	first.interrupt()
	first.ends(exitDone)
	second.interrupt()
	second.ends(exitDone)
}

// Of a port that another serve has, serve says so, whichever of its three it is.
func TestServeBesideAnother(t *testing.T) {
	_, addresses := startServe(t)
	for _, at := range addresses {
		host, isPage := strings.CutPrefix(at, "http://")
		if !isPage {
			continue
		}
		host, _, _ = strings.Cut(host, "/")
		said := start(t, "serve", "--listen", host).ends(exitFailed)
		for _, want := range []string{host + " is taken by another 'entangle serve'", "--hub " + host + "' reaches it", "--listen 127.0.0.1:0"} {
			if !strings.Contains(said, want) {
				t.Errorf("beside %s it said %q, want %q", at, said, want)
			}
		}
	}
}

// A program that has the port and answers nothing, or nonsense, is another program; it is not
// waited for long.
func TestServeBesideOthers(t *testing.T) {
	for _, answer := range []string{"", "hello\n", "HTTP/1.1 200 OK\r\nServer: another\r\nContent-Length: 0\r\n\r\n"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn, err := listener.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, answer)
			io.Copy(io.Discard, conn) // until it is given up
		}()
		at := listener.Addr().String()
		if said := start(t, "serve", "--listen", at).ends(exitFailed); !strings.Contains(said, at+" is taken by another program") {
			t.Errorf("beside one that says %q it said %q", answer, said)
		}
		<-ended
	}
}

// TestServeSecondPortTaken checks that the port that is named is the one that is taken, and that
// the first is given back.
func TestServeSecondPortTaken(t *testing.T) {
	for range 100 { // until the port below is free
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		port := taken.Addr().(*net.TCPAddr).Port
		first := fmt.Sprintf("127.0.0.1:%d", port-1)
		listeners, err := listenOrigins(first)
		if err == nil {
			closeAll(listeners)
			t.Fatalf("listening on %s and the next two succeeded, but %s is taken", first, taken.Addr())
		}
		if strings.Contains(err.Error(), first+" ") {
			continue
		}
		if !strings.Contains(err.Error(), taken.Addr().String()+" is taken") {
			t.Errorf("the error does not name %s: %v", taken.Addr(), err)
		}
		again, err := net.Listen("tcp", first)
		if err != nil {
			t.Fatalf("%s was not given back: %v", first, err)
		}
		again.Close()
		return
	}
	t.Fatal("no two free ports side by side")
}
