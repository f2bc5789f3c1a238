package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// server is where a checkout's own server answers.
type server struct {
	HTTP, HTTPS string // origins, as "http://web-platform.test:8000"
}

// browserHost is the name under which the tests know their server. All its names lead to the
// loopback interface.
const browserHost = "web-platform.test"

// serve starts `wpt serve` of a checkout on free ports of the loopback interface, and waits until
// it answers. stop ends it.
func serve(ctx context.Context, checkout, log string) (at server, stop func() error, err error) {
	ports, err := freePorts(6)
	if err != nil {
		return at, nil, err
	}
	config := filepath.Join(filepath.Dir(log), "wpt-config.json")
	if err := writeJSONFile(config, serveConfig(ports)); err != nil {
		return at, nil, err
	}
	output, err := os.Create(log)
	if err != nil {
		return at, nil, err
	}
	cmd := exec.CommandContext(ctx, "python3", "wpt", "serve", "--no-h2", "--config", config)
	cmd.Dir, cmd.Stdout, cmd.Stderr = checkout, output, output
	// An interrupt makes it stop its own processes, too.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		output.Close()
		return at, nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); output.Close(); close(ended) }()
	stop = func() error {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
			return nil
		case <-time.After(cmd.WaitDelay):
			return cmd.Process.Kill()
		}
	}
	at.HTTP = fmt.Sprintf("http://%s:%d", browserHost, ports[0])
	at.HTTPS = fmt.Sprintf("https://%s:%d", browserHost, ports[2])
	if err := awaitServer(ctx, ended, ports[0], ports[2]); err != nil {
		stop()
		said, _ := os.ReadFile(log)
		return at, nil, fmt.Errorf("conformance: wpt serve: %w\n%s", err, bytes.TrimSpace(said))
	}
	return at, stop, nil
}

// serveConfig is the server's configuration: two ports for http and two for https, so that there
// are origins that differ in the port alone, and one each for ws and wss.
func serveConfig(ports []int) map[string]any {
	return map[string]any{
		"server_host":      "127.0.0.1",
		"check_subdomains": false,
		"bind_address":     true,
		"ports": map[string]any{
			"http": ports[0:2], "https": ports[2:4], "ws": ports[4:5], "wss": ports[5:6],
		},
	}
}

// freePorts finds n free ports of the loopback interface.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all are held until all are known, so that they differ
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// awaitServer waits until both ports serve the harness.
func awaitServer(ctx context.Context, ended <-chan error, httpPort, httpsPort int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// The certificate of the suite is its own and out of date.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	for _, origin := range []string{fmt.Sprintf("http://127.0.0.1:%d", httpPort), fmt.Sprintf("https://127.0.0.1:%d", httpsPort)} {
		for {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/resources/testharness.js", nil)
			if err != nil {
				return err
			}
			response, err := client.Do(request)
			if err == nil {
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					break
				}
				return fmt.Errorf("%s: %s", request.URL, response.Status)
			}
			select {
			case err := <-ended:
				return fmt.Errorf("it ended: %v", err)
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
	return nil
}
