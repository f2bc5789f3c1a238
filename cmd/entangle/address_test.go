package main

import "testing"

func TestHubAddress(t *testing.T) {
	for given, want := range map[string]hubAddress{
		"127.0.0.1:8080":                  "ws://127.0.0.1:8080/entangle",
		"[::1]:8080":                      "ws://[::1]:8080/entangle",
		"localhost:8080/":                 "ws://localhost:8080/entangle",
		"localhost:8080/other":            "ws://localhost:8080/other",
		"http://127.0.0.1:8080":           "ws://127.0.0.1:8080/entangle",
		"http://127.0.0.1:8080/":          "ws://127.0.0.1:8080/entangle",
		"HTTPS://hub.example":             "wss://hub.example/entangle",
		"https://hub.example/a/b?c=d":     "wss://hub.example/a/b?c=d",
		"ws://127.0.0.1:8080":             "ws://127.0.0.1:8080/entangle",
		"ws://127.0.0.1:8080/entangle":    "ws://127.0.0.1:8080/entangle",
		"wss://hub.example/my/hub":        "wss://hub.example/my/hub",
		"":                                "",
		"8080":                            "",
		":8080":                           "",
		"localhost":                       "",
		"hub.example/entangle":            "",
		"127.0.0.1:http":                  "",
		"127.0.0.1:65536":                 "",
		"http://127.0.0.1:99999/entangle": "",
		"http://":                         "",
		"http:///entangle":                "",
		"ftp://127.0.0.1:8080":            "",
		"mailto:somebody":                 "",
		"ws://me:secret@127.0.0.1:8080":   "",
		"http://127.0.0.1:8080/#document": "",
		"127.0.0.1:8080 ":                 "",
		"ws://127.0.0.1:8080/%zz":         "",
	} {
		var got hubAddress
		if err := got.Set(given); got != want || (err == nil) != (want != "") {
			t.Errorf("--hub %q: got %q, %v; want %q", given, got, err, want)
		}
	}
}
