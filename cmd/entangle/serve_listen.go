package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
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
			return listeners, fmt.Errorf("%s is taken by another program; "+
				"choose others: --listen %s takes PORT and the next %d, --listen %s takes free ones",
				at, net.JoinHostPort(host, "PORT"), originCount-1, net.JoinHostPort(host, "0"))
		}
		if err != nil {
			return listeners, fmt.Errorf("cannot listen on %s (--listen): %w", at, err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
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
