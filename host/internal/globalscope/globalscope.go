// Package globalscope gathers what windows and workers have in common, the mixin
// WindowOrWorkerGlobalScope, as far as the packages below it define it: timers, microtasks, Base64,
// fetch, the console, crypto and performance; and all their interfaces.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/webappapis.html#windoworworkerglobalscope-mixin as
// of 2026-08-21.
package globalscope

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/canvas"
	"github.com/entangle-go/entangle/host/internal/console"
	"github.com/entangle-go/entangle/host/internal/crypto"
	"github.com/entangle-go/entangle/host/internal/encodingapi"
	"github.com/entangle-go/entangle/host/internal/fetch"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/hrtime"
	"github.com/entangle-go/entangle/host/internal/imagedata"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/streams"
	"github.com/entangle-go/entangle/host/internal/timers"
	"github.com/entangle-go/entangle/host/internal/urlapi"
	"github.com/entangle-go/entangle/host/internal/webidl"
	"github.com/entangle-go/entangle/host/internal/websocket"
)

// Operations are the methods of windows and workers.
var Operations = slices.Concat(timers.Operations, fetch.Operations, operations, []webidl.Operation{canvas.CreateImageBitmap})

// WindowOperations are further methods that only windows have.
var WindowOperations = slices.Concat(timers.FrameOperations, timers.WindowOperations)

// Attributes are the attributes of windows and workers.
var Attributes = slices.Concat(crypto.Attributes, hrtime.Attributes)

// Interfaces are the interfaces of these packages.
var Interfaces = slices.Concat(
	fileapi.Interfaces(), urlapi.Interfaces(), encodingapi.Interfaces(), crypto.Interfaces(), hrtime.Interfaces(), imagedata.Interfaces(),
	canvas.Interfaces(), fetch.Interfaces(), streams.Interfaces(), websocket.Interfaces(),
	[]*webidl.Interface{timers.IdleDeadlineInterface},
)

// Install installs what is no interface: the console.
func Install(realm *qjs.Realm) error { return console.Install(realm) }
