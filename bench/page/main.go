// Command page measures round trips between a page in Chromium and a Go program, by p50: through a
// hub, by the npm client and package remote, and through a relay of bare WebSockets, in turns.
//
//	go run ./page                                  # the client of this checkout
//	go run ./page now=../npm/dist before=/tmp/old  # clients by name, each a folder with entangle.js
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/lxzan/gws"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

//go:embed page.html
var page []byte

func main() {
	clients := os.Args[1:]
	if len(clients) == 0 {
		clients = []string{"now=../npm/dist"}
	}
	if err := run(clients); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func run(clients []string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h, err := hub.New(hub.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer h.Close()
	mux := http.NewServeMux()
	mux.Handle("/entangle", h)
	mux.HandleFunc("/relay", relay("ws://"+listener.Addr().String()+"/echo"))
	mux.HandleFunc("/echo", upgrade(&echo{}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		// Isolated from other origins a page has a finer clock.
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Write(page)
	})
	names := []string{"bare"}
	for _, client := range clients {
		name, dir, ok := strings.Cut(client, "=")
		if !ok {
			return fmt.Errorf("%q: want NAME=FOLDER", client)
		}
		names = append(names, name)
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, http.FileServer(http.Dir(dir))))
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	defer server.Close()
	origin := "http://" + listener.Addr().String()
	client, err := serve("ws://"+listener.Addr().String()+"/entangle", origin)
	if err != nil {
		return err
	}
	defer client.Close()
	out, err := exec.Command("node", "page/drive.mjs", origin+"/?"+strings.Join(names, ",")).Output()
	if err != nil {
		return fmt.Errorf("drive.mjs: %w\n%s", err, out)
	}
	var p50 map[string]float64
	if err := json.Unmarshal(out, &p50); err != nil {
		return err
	}
	for _, name := range names {
		fmt.Printf("page-%-12s %6.0f us p50   %.2fx bare\n", name, p50[name], p50[name]/p50["bare"])
	}
	return nil
}

// serve starts a program at the hub that answers each message with itself.
func serve(url, origin string) (*remote.Client, error) {
	client, err := remote.Dial(context.Background(), url, remote.Options{Origin: origin})
	if err != nil {
		return nil, err
	}
	names, err := client.Listen(context.Background(), "echo")
	if err != nil {
		return nil, err
	}
	go func() {
		for connection, err := range names.Connections(context.Background()) {
			if err != nil {
				return
			}
			go func() {
				for event, err := range connection.Port.Messages(context.Background()) {
					if err != nil || connection.Port.PostMessage(event.Data()) != nil {
						return
					}
				}
			}()
		}
	}()
	return client, nil
}

// echo answers each message of a WebSocket with its decoded value.
type echo struct{ gws.BuiltinEventHandler }

func (*echo) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	var value any
	if json.Unmarshal(message.Bytes(), &value) == nil {
		text, _ := json.Marshal(value)
		socket.WriteMessage(message.Opcode, text)
	}
}

// forward passes each message on to another WebSocket.
type forward struct {
	gws.BuiltinEventHandler
	to *gws.Conn
}

func (f *forward) OnMessage(_ *gws.Conn, message *gws.Message) {
	defer message.Close()
	f.to.WriteMessage(message.Opcode, message.Bytes())
}

func (f *forward) OnClose(*gws.Conn, error) { f.to.WriteClose(1000, nil) }

func upgrade(handler gws.Event) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if socket, err := gws.NewUpgrader(handler, nil).Upgrade(w, r); err == nil {
			socket.ReadLoop()
		}
	}
}

// relay joins a page's WebSocket and one to the program.
func relay(program string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		down := &forward{}
		up, _, err := gws.NewClient(down, &gws.ClientOption{Addr: program})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		socket, err := gws.NewUpgrader(&forward{to: up}, nil).Upgrade(w, r)
		if err != nil {
			up.WriteClose(1000, nil)
			return
		}
		down.to = socket
		go up.ReadLoop()
		socket.ReadLoop()
	}
}
