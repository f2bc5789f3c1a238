// Package settings is the environment settings object: all that an API may ask about the realm it was called in.
//
// The host makes one per realm with [New] and fills its fields; the packages of the standards find it with [Of].
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/webappapis.html#environment-settings-object as of 2026-08-21.
//
// # Concurrency
//
// An Object belongs to the goroutine of its agent, except [Object.QueueTask], which may be called from any goroutine.
package settings
