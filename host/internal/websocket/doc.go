// Package websocket is the WebSockets Standard's API, WebSocket and CloseEvent's use of it, on the
// connections of github.com/lxzan/gws.
//
// # Standard
//
// https://websockets.spec.whatwg.org/ as of 2026-08-21. No extension (permessage-deflate) is
// offered to the server.
//
// # Concurrency
//
// Each connection has a goroutine that connects and reads, and one that writes. They never touch
// the engine: they queue events as tasks. Both end with the connection, at the latest when the
// global is gone.
//
// # Limits
//
// A global may have [MaxSockets] connections at a time; one more fails. A message may have
// [MaxMessage] bytes; a longer one from the server ends the connection. The server is not read from
// while [maxUnread] bytes wait for the page. A page that sends more than [MaxBuffered] bytes faster
// than the server takes them loses the connection. The server has [openTimeout] to accept a
// connection and [closeTimeout] to answer that it is closed.
package websocket
