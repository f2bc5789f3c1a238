// Package eventloop is the HTML Standard's event loop.
package eventloop
