package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

// DialError is why there is no connection to a hub: the first one, or another one after that was
// lost.
type DialError struct {
	Address string // of the hub
	What    string // what it was, in words that are the same if it happens again
	Status  int    // of the HTTP answer, e.g. 401; 0: there was none
	Err     error  // what there is besides, of packages net, tls, x509, context
}

// Error implements error.
func (e *DialError) Error() string {
	text := fmt.Sprintf("remote: no WebSocket at %s: %s", e.Address, e.What)
	if e.Status == 0 {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap makes the cause known to errors.Is and errors.As.
func (e *DialError) Unwrap() error { return e.Err }

// maxAnswer is how much of an HTTP answer an error tells.
const maxAnswer = 200

// dialError says what has gone wrong: in the words of the response, if there is one.
func dialError(address string, response *http.Response, err error) *DialError {
	e := &DialError{Address: address, Err: err}
	if response != nil && errors.Is(err, websocket.ErrBadHandshake) {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		e.Status = response.StatusCode
		e.What = fmt.Sprintf("%s (%s: %q)", answered(e.Status), response.Status, strings.TrimSpace(string(body)))
		return e
	}
	e.What = broke(err)
	return e
}

// answered is what an HTTP answer means that is no WebSocket.
func answered(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the hub does not let this client in"
	case http.StatusNotFound:
		return "there is no hub at this path"
	case http.StatusMisdirectedRequest:
		return "the hub does not serve this host"
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return "the hub cannot serve this client now"
	}
	return "this is no hub"
}

// broke is what an error of a connection means.
func broke(err error) string {
	var network net.Error
	var name *net.DNSError
	var untrusted *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	var operation *net.OpError
	switch {
	case errors.As(err, &untrusted):
		return "TLS: the hub's certificate is not trusted"
	case errors.As(err, &plain):
		return "TLS: the hub does not speak it; ws:// is without"
	case errors.As(err, &operation) && operation.Op == "remote error": // an alert
		return "TLS: the hub does not agree"
	case errors.As(err, &name):
		return "the host's name is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "nobody answered in time"
	case errors.Is(err, context.Canceled):
		return "it was broken off"
	}
	return "the connection broke"
}

// reasonOf is what stays the same of an error when it happens again: no addresses and no ports.
func reasonOf(err error) string {
	var failed *DialError
	if errors.As(err, &failed) {
		return failed.What
	}
	for err != nil {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
	return ""
}
