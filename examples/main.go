// Command examples serves the example pages: one idea of web messaging per page.
//
//	go run ./examples                            # http://localhost:8090/
//	go run ./examples --provider shared-worker   # the contacts provider's other implementation
//
// The pages are made for browsers, and run in Entangle's headless host too:
//
//	go run ./cmd/entangle run http://localhost:8090/frame/
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "loopback `address` to serve on")
	provider := flag.String("provider", "requests", "how the contacts provider works: requests or shared-worker")
	flag.Parse()
	if err := run(*listen, *provider); err != nil {
		log.Fatal(err)
	}
}

// run serves until Ctrl-C.
func run(address, provider string) error {
	site, err := newSite(provider)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w; want an address such as 127.0.0.1:8090", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: the examples are for this machine only; want an address such as 127.0.0.1:8090", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: site, ReadHeaderTimeout: 5 * time.Second}
	fmt.Printf("Examples: http://localhost:%d/\nCtrl-C ends them.\n", listener.Addr().(*net.TCPAddr).Port)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
