// Package streams is the Streams Standard: ReadableStream, WritableStream, TransformStream and the
// queuing strategies.
//
// # Standard
//
// https://streams.spec.whatwg.org/ as of 2026-08-21.
//
// FIXME: readable byte streams (type "bytes"), ReadableStream.from, transferring streams.
//
// # Whose the values are
//
// The stream's wrapper owns all script values of a stream: the chunks in its queue, its stored
// error, its underlying source or sink. Its controller, reader and writer hold that wrapper, so
// each of them keeps everything. A stream that no script holds any more is dropped, even if it
// waits for something.
//
// The promises that only tell of a state (closed, ready) are made when somebody asks for them.
package streams

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{
		ReadableStreamInterface, ReadableStreamDefaultReaderInterface, ReadableStreamDefaultControllerInterface,
		WritableStreamInterface, WritableStreamDefaultWriterInterface, WritableStreamDefaultControllerInterface,
		TransformStreamInterface, TransformStreamDefaultControllerInterface,
		ByteLengthQueuingStrategyInterface, CountQueuingStrategyInterface,
	}
}

// The interfaces; their members are told by init functions, because these refer to the
// interfaces in turn.
var (
	ReadableStreamInterface                   = &webidl.Interface{Name: "ReadableStream", Exposed: webidl.Everywhere}
	ReadableStreamDefaultReaderInterface      = &webidl.Interface{Name: "ReadableStreamDefaultReader", Exposed: webidl.Everywhere}
	ReadableStreamDefaultControllerInterface  = &webidl.Interface{Name: "ReadableStreamDefaultController", Exposed: webidl.Everywhere}
	WritableStreamInterface                   = &webidl.Interface{Name: "WritableStream", Exposed: webidl.Everywhere}
	WritableStreamDefaultWriterInterface      = &webidl.Interface{Name: "WritableStreamDefaultWriter", Exposed: webidl.Everywhere}
	WritableStreamDefaultControllerInterface  = &webidl.Interface{Name: "WritableStreamDefaultController", Exposed: webidl.Everywhere}
	TransformStreamInterface                  = &webidl.Interface{Name: "TransformStream", Exposed: webidl.Everywhere}
	TransformStreamDefaultControllerInterface = &webidl.Interface{Name: "TransformStreamDefaultController", Exposed: webidl.Everywhere}
)
