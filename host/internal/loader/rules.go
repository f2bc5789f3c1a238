package loader

import (
	"context"
	"fmt"
	"net"
	"path"
	"strings"
)

// rule says where a host name really is.
type rule struct {
	pattern string // lower case; * stands for anything
	host    string // "" excludes
	port    string // "": as asked for
}

// notFound is the replacement that makes a name unknown.
const notFound = "~notfound"

// parseRules reads rules of the form "MAP PATTERN REPLACEMENT[:PORT]" and "EXCLUDE PATTERN"; a
// string may hold several, separated by commas.
func parseRules(texts []string) ([]rule, error) {
	var rules []rule
	for _, text := range strings.Split(strings.Join(texts, ","), ",") {
		fields := strings.Fields(strings.ToLower(text))
		if len(fields) == 0 {
			continue
		}
		if len(fields) >= 2 {
			if _, err := path.Match(fields[1], ""); err != nil {
				return nil, fmt.Errorf("host rule %q: %w", text, err)
			}
		}
		switch {
		case fields[0] == "map" && len(fields) == 3:
			r := rule{pattern: fields[1], host: fields[2]}
			if host, port, err := net.SplitHostPort(fields[2]); err == nil {
				r.host, r.port = host, port
			}
			rules = append(rules, r)
		case fields[0] == "exclude" && len(fields) == 2:
			rules = append([]rule{{pattern: fields[1]}}, rules...)
		default:
			return nil, fmt.Errorf(`host rule %q is not of the form "MAP PATTERN REPLACEMENT" or "EXCLUDE PATTERN"`, text)
		}
	}
	return rules, nil
}

// address returns where a host and port really are.
func (l *Loader) address(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	for _, r := range l.rules {
		if matched, _ := path.Match(r.pattern, name); !matched {
			continue
		}
		switch {
		case r.host == notFound:
			return "", &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		case r.host == "":
			return address, nil
		case r.port != "":
			port = r.port
		}
		return net.JoinHostPort(r.host, port), nil
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		// Such names are loopback addresses, whatever a resolver says:
		// https://w3c.github.io/webappsec-secure-contexts/#localhost
		return net.JoinHostPort("localhost", port), nil
	}
	return address, nil
}

func (l *Loader) dial(ctx context.Context, network, address string) (net.Conn, error) {
	address, err := l.address(address)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
