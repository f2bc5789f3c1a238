package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// SPEC 66, 67, 69-71, 73-76, 80, 82, 85, 86, 88: every type that may cross arrives as it was, in
// both directions.
func TestTypes(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "types")
		for name, value := range crossing() {
			for _, way := range []struct {
				name     string
				from, to *entangle.MessagePort
			}{{"there", near, far}, {"back", far, near}} {
				must(t, way.from.PostMessage(value))
				event := receive(t, way.to)
				if event.Type != "message" {
					t.Errorf("%s %s: %s", name, way.name, event.Type)
					continue
				}
				want, got := bytesOf(t, value), bytesOf(t, event.Data())
				if !bytes.Equal(want, got) {
					t.Errorf("%s %s: arrived as %#v\n%x, want\n%x", name, way.name, event.Data(), got, want)
				}
			}
		}
	})
}

func crossing() map[string]any {
	shared := clone.NewArrayBuffer([]byte{1, 2, 3, 4, 5, 6, 7, 8})
	cycle := map[string]any{"name": "cycle"}
	cycle["self"] = cycle
	holes := clone.NewArray(5)
	holes.SetAt(3, "d")
	holes.Set("extra", true)
	resizable, _ := clone.NewResizableArrayBuffer([]byte{1, 2}, 8)
	when := time.Date(2026, 8, 21, 0, 0, 0, 0, time.UTC)
	return map[string]any{
		"undefined": clone.Undefined, "null": nil, "true": true, "1.5": 1.5, "-0": math.Copysign(0, -1), "NaN": math.NaN(),
		"infinity": math.Inf(-1), "BigInt": new(big.Int).Lsh(big.NewInt(-3), 90), "string": "é🎈", "lone surrogate": "\xed\xa0\xbdx", "empty": "",
		"Date": clone.NewDate(when), "no Date": &clone.Date{Time: math.NaN()}, "RegExp": &clone.RegExp{Source: "^a", Flags: "gi"},
		"Boolean": &clone.BooleanObject{Value: true}, "Number": &clone.NumberObject{Value: 2}, "String": &clone.StringObject{Value: "s"},
		"BigInt object": &clone.BigIntObject{Value: big.NewInt(5)},
		"ArrayBuffer":   clone.NewArrayBuffer([]byte{0, 255}), "resizable": resizable,
		"shared buffer": []any{
			&clone.TypedArray{Kind: clone.Uint16Array, Buffer: shared, ByteOffset: 2, Length: 2},
			&clone.DataView{Buffer: shared, ByteOffset: 1, ByteLength: 3}, shared,
		},
		"Float64Array": clone.NewTypedArray(clone.Float64Array, make([]byte, 16)), "bytes": []byte{1, 2, 3},
		"Map": clone.NewMap(clone.MapEntry{Key: math.NaN(), Value: clone.NewSet("a", 1.0)}), "Set": clone.NewSet(nil, clone.Undefined),
		"Array": []any{1.0, []any{}, nil}, "holes": holes, "Object": map[string]any{"b": 1.0, "2": 2.0, "__proto__": 3.0},
		"cycle": cycle, "Error": &clone.Error{Name: "RangeError", Message: "m", HasMessage: true, Stack: "s", HasCause: true, Cause: "c"},
		"DOMException": &clone.DOMException{Name: "AbortError", Message: "stop"},
		"Blob":         clone.NewBlob([]byte("hi"), "text/plain"), "File": clone.NewFile([]byte("x"), "n", "t", when),
		"FileList": &clone.FileList{Files: []*clone.File{clone.NewFile(nil, "empty", "", when)}},
	}
}

func bytesOf(t *testing.T, value any) []byte {
	record, err := clone.Serialize(value)
	must(t, err)
	body, err := record.Encode()
	must(t, err)
	return body
}

// SPEC 83: what has no byte form is a messageerror at the receiver; messages after it arrive, and
// so do the ports that came with it.
func TestNoByteForm(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "no byte form")
		channel := entangle.NewMessageChannel()
		must(t, near.PostMessage([]any{clone.NewSharedArrayBuffer(make([]byte, 8)), channel.Port1}, channel.Port1))
		must(t, near.PostMessage("after"))
		if event := receive(t, far); event.Type != "messageerror" {
			t.Errorf("it arrived as a %s", event.Type)
		}
		expect(t, far, "after")
		// SPEC 47: the port in it is lost.
		if _, err := channel.Port2.Receive(t.Context()); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("the port's peer got %v", err)
		}
	})
}

// A message of 1 MiB as bytes goes, one more byte is an error of PostMessage, and the
// port stays usable.
func TestSizeLimit(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "size")
		overhead := len(bytesOf(t, make([]byte, protocol.MaxBody))) - protocol.MaxBody
		largest := bytes.Repeat([]byte{7}, protocol.MaxBody-overhead)
		must(t, near.PostMessage(largest))
		err := near.PostMessage(append(largest, 7))
		if !errors.Is(err, &clone.DOMException{Name: "DataCloneError"}) {
			t.Errorf("a byte too many: %v", err)
		}
		must(t, near.PostMessage("after"))
		event := receive(t, far)
		var got []byte
		must(t, event.Decode(&got))
		if !bytes.Equal(got, largest) {
			t.Error("1 MiB arrived as something else")
		}
		expect(t, far, "after")
	})
}

// A message carries 64 ports, and no more.
func TestPortLimit(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "ports")
		var transfer []entangle.Transferable
		for range protocol.MaxPortsPerMessage {
			transfer = append(transfer, entangle.NewMessageChannel().Port1)
		}
		more := append(transfer[:len(transfer):len(transfer)], entangle.NewMessageChannel().Port1)
		if err := near.PostMessage(nil, more...); !errors.Is(err, &clone.DOMException{Name: "DataCloneError"}) {
			t.Errorf("65 ports: %v", err)
		}
		// SPEC 90: that was too late for the transfer list, which is detached.
		for i := range transfer {
			transfer[i] = entangle.NewMessageChannel().Port1
		}
		must(t, near.PostMessage(nil, transfer...))
		if event := receive(t, far); len(event.Ports) != protocol.MaxPortsPerMessage {
			t.Errorf("%d ports arrived", len(event.Ports))
		}
	})
}

// Many large messages at once, more than a batch holds.
func TestLargeMessages(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "large")
		const count, size = 24, 900_000
		go func() {
			for i := range count {
				check(t, near.Post(t.Context(), map[string]any{"i": i, "b": bytes.Repeat([]byte{byte(i)}, size)}))
			}
		}()
		for i := range count {
			var got struct {
				I int    `json:"i"`
				B []byte `json:"b"`
			}
			must(t, receive(t, far).Decode(&got))
			if got.I != i || len(got.B) != size || got.B[size-1] != byte(i) {
				t.Fatalf("message %d arrived as number %d with %d bytes", i, got.I, len(got.B))
			}
		}
	})
}

// Post waits while 1024 messages are not taken, and goes on when they are: a stall
// would end the test.
func TestPostGoesOn(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "window")
		const count = 20_000
		sent := make(chan error, 1)
		go func() {
			for i := range count {
				if err := near.Post(t.Context(), i); err != nil {
					sent <- fmt.Errorf("message %d: %w", i, err)
					return
				}
			}
			sent <- nil
		}()
		for i := range count {
			if got := receive(t, far).Data(); got != float64(i) {
				t.Fatalf("message %d is %v", i, got)
			}
		}
		must(t, <-sent)
	})
}

// Pushed ports: a port from the network moves to an event loop like any other.
func TestEventLoop(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "loop")
		ua := entangle.NewUserAgent()
		global := ua.NewGlobal(entangle.GlobalOptions{Agent: ua.NewAgent()})
		must(t, near.PostMessage("before"))
		pushed, err := global.Adopt(far)
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var got []any
		must(t, pushed.OnMessage(func(e *entangle.MessageEvent) {
			got = append(got, e.Data())
			pushed.PostMessage(fmt.Sprint("echo ", e.Data()))
		}))
		must(t, pushed.OnClose(cancel))
		must(t, near.PostMessage("after"))
		go func() {
			for _, want := range []any{"echo before", "echo after"} {
				event, err := near.Receive(t.Context())
				if check(t, err); err == nil && event.Data() != want {
					t.Errorf("got %v, want %v", event.Data(), want)
				}
			}
			near.Close()
		}()
		if err := global.Agent().Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if len(got) != 2 || got[0] != "before" || got[1] != "after" {
			t.Errorf("got %v", got)
		}
	})
}
