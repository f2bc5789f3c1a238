package main

import (
	"fmt"

	"github.com/entangle-go/entangle"
)

// The messages, as peer.mjs has them too.

// text is a variable, so that posting it costs the same as with a string of a program's own.
var text = "hello"

type query struct {
	Q string `json:"q"`
	N int    `json:"n"`
}

type request struct {
	ID   int    `json:"id"`
	Type string `json:"type"`
	Data query  `json:"data"`
}

type record struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

// command is a message to the other side of the measurements across threads.
type command struct {
	Command string                `json:"command"`
	Port    *entangle.MessagePort `json:"port"`
}

var (
	objectStruct = request{1, "search", query{"abc", 42}}
	objectMap    = map[string]any{"id": 1, "type": "search", "data": map[string]any{"q": "abc", "n": 42}}

	recordStructs = func() []record {
		list := make([]record, 100)
		for i := range list {
			list[i] = record{i, fmt.Sprintf("user-%d", i), fmt.Sprintf("user%d@example.com", i), i%2 == 0, float64(i) * 1.5, []string{"a", "b"}}
		}
		return list
	}()
	recordMaps = func() []any {
		list := make([]any, len(recordStructs))
		for i, r := range recordStructs {
			list[i] = map[string]any{"id": r.ID, "name": r.Name, "email": r.Email, "active": r.Active, "score": r.Score, "tags": []any{"a", "b"}}
		}
		return list
	}()
)
