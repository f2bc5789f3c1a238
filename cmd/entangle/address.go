package main

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/entangle-go/entangle"
)

// hubAddress is the value of --hub: the URL of a hub's WebSocket.
type hubAddress string

func (a *hubAddress) String() string { return string(*a) }

// Type names it for the help.
func (a *hubAddress) Type() string { return "ADDRESS" }

// Set accepts host and port, the address of a page that the hub serves, or that of the hub itself.
func (a *hubAddress) Set(text string) error {
	schemes := map[string]string{"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
	whole := text
	if !strings.Contains(text, "://") {
		whole = "ws://" + text
	}
	u, err := url.Parse(whole)
	switch {
	case err != nil, schemes[u.Scheme] == "", u.Hostname() == "", !isPort(u.Port(), whole == text):
		return errors.New("want host:port, http(s)://host or ws(s)://host, such as 127.0.0.1:8080")
	case u.User != nil || u.Fragment != "":
		return errors.New("the address of a hub has no user, no password and no #fragment")
	}
	u.Scheme = schemes[u.Scheme]
	if u.Path == "" || u.Path == "/" {
		u.Path = hubPath
	}
	*a = hubAddress(u.String())
	return nil
}

// isPort reports whether a text is the number of a port, or is empty where that is allowed.
func isPort(text string, optional bool) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil || text == "" && optional
}

// originValue is the value of an option that names an origin, or nothing.
type originValue string

func (o *originValue) String() string { return string(*o) }

// Type names it for the help.
func (o *originValue) Type() string { return "ORIGIN" }

// Set takes an origin, or a URL of it.
func (o *originValue) Set(text string) error {
	if origin, err := entangle.ParseOrigin(text); err != nil || origin.Opaque() {
		return errors.New("an origin looks like https://app.example")
	}
	*o = originValue(text)
	return nil
}
