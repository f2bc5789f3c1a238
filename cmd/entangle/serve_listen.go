package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// originCount is how many origins the demo has: each is a port of its own.
const originCount = 3

// listenOrigins listens on the address and the next two ports, or on any free ports for port 0.
// Only a literal loopback address is taken.
func listenOrigins(address string) (listeners []net.Listener, err error) {
	host, port, err := loopback(address)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeAll(listeners)
			listeners = nil
		}
	}()
	for i := range originCount {
		at := net.JoinHostPort(host, "0")
		if port != 0 {
			at = net.JoinHostPort(host, strconv.Itoa(port+i))
		}
		listener, err := net.Listen("tcp", at)
		if errors.Is(err, syscall.EADDRINUSE) {
			return listeners, takenError(host, at)
		}
		if err != nil {
			return listeners, fmt.Errorf("cannot listen on %s (--listen): %w", at, err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// takenError says who has a port, and what to do.
func takenError(host, at string) error {
	choose := fmt.Sprintf("choose others: --listen %s takes PORT and the next %d, --listen %s takes free ones",
		net.JoinHostPort(host, "PORT"), originCount-1, net.JoinHostPort(host, "0"))
	if servedByEntangle(at) {
		return fmt.Errorf("%s is taken by another 'entangle serve'.\n"+
			"Its hub can be used: 'entangle connect NAME --hub %[1]s' reaches it.\nOr end it, with Ctrl-C where it runs, or %[2]s", at, choose)
	}
	return fmt.Errorf("%s is taken by another program; %s", at, choose)
}

// serverName is what every answer of `entangle serve` says of who gives it.
const serverName = "entangle-serve"

// How long whoever has a port may take to say who it is, and how many bytes.
const (
	askTime   = time.Second
	maxAnswer = 64 << 10
)

// servedByEntangle asks whether it is another `entangle serve` that listens at an address. It does
// so without net/http's client, which tells the terminal of programs that speak before they are
// asked.
func servedByEntangle(at string) bool {
	conn, err := net.DialTimeout("tcp", at, askTime)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(askTime))
	request, err := http.NewRequest(http.MethodHead, "http://"+at+"/", nil)
	if err != nil || request.Write(conn) != nil {
		return false
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxAnswer)), request)
	if err != nil {
		return false
	}
	response.Body.Close() // of a HEAD it is empty
	return response.Header.Get("Server") == serverName
}

// loopback parses HOST:PORT and refuses what others could reach.
func loopback(address string) (host string, port int, err error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, usageError{fmt.Errorf("--listen %s: want HOST:PORT, such as 127.0.0.1:8080", address)}
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535-originCount+1 {
		return "", 0, usageError{fmt.Errorf("--listen %s: the port must be a number from 1 to %d, or 0 for free ones", address,
			65535-originCount+1)}
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return "", 0, usageError{fmt.Errorf("--listen %s: want the number of a loopback address, such as 127.0.0.1, not a name", address)}
	}
	if !ip.IsLoopback() {
		return "", 0, usageError{fmt.Errorf("--listen %s: only a loopback address (127.0.0.1 or [::1]) is possible. "+
			"There are no tokens yet by which a hub could tell its users apart: whoever reached it from another machine would be you", address)}
	}
	return host, port, nil
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		listener.Close()
	}
}
