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

// originCount is the number of origins of the demo; each has a port of its own.
const originCount = 3

// listenOrigins listens on the address and the next two ports, or on any free ports for port 0. It
// accepts only a literal loopback address.
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

// takenError says which program has a port, and what to do.
func takenError(host, at string) error {
	choose := fmt.Sprintf("choose others: --listen %s takes PORT and the next %d, --listen %s takes free ones",
		net.JoinHostPort(host, "PORT"), originCount-1, net.JoinHostPort(host, "0"))
	if servedByEntangle(at) {
		return fmt.Errorf("%s is taken by another 'entangle serve'.\n"+
			"Its hub can be used: 'entangle connect NAME --hub %[1]s' reaches it.\nOr end it, with Ctrl-C where it runs, or %[2]s", at, choose)
	}
	return fmt.Errorf("%s is taken by another program; %s", at, choose)
}

// serverName is the Server header of every answer of `entangle serve`.
const serverName = "entangle-serve"

// The time in which the program that has a port has to answer, and the maximal bytes of its answer.
const (
	askTime   = time.Second
	maxAnswer = 64 << 10
)

// servedByEntangle reports whether another `entangle serve` listens at an address. It does not use
// net/http's client, which logs to the terminal when a program speaks before it is asked.
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

// loopback parses HOST:PORT and refuses addresses that other machines could reach.
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
		return "", 0, usageError{fmt.Errorf("--listen %s: it must be a loopback address (127.0.0.1 or [::1]). "+
			"There are no tokens yet, so the hub would take everybody who reaches it from another machine for you", address)}
	}
	return host, port, nil
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		listener.Close()
	}
}
