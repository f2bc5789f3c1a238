package host

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// What is closed and cannot do any more what it is asked for. Each is an [entangle.ErrClosed].
var (
	errHostClosed     error = entangle.CloseError{Reason: entangle.ReasonShutdown, Text: "the host was closed"}
	errDocumentClosed error = entangle.CloseError{Reason: entangle.ReasonClosed, Text: "the document is gone"}
	errListenerClosed error = entangle.CloseError{Reason: entangle.ReasonClosed, Text: "the listener"}
)

// Options say what a host serves, what it tells, and what scripts may cost. The zero
// value is usable.
type Options struct {
	// Origin is the origin that Files are served at, and that of the Go program's own windows. "":
	// http://localhost.
	Origin string
	// Files is a folder that is served at Origin. os.DirFS follows symbolic links out of the folder;
	// the FS of os.OpenRoot does not.
	Files fs.FS
	// Origins are origins that the Go program serves itself, such as "https://example.com": no socket
	// is opened for them.
	Origins map[string]http.Handler
	// HostRules say where host names really are, such as "MAP *.example.com 127.0.0.1",
	// "MAP nowhere.example ~NOTFOUND" or "EXCLUDE www.example.com".
	HostRules []string
	// Insecure accepts any certificate.
	Insecure bool
	// UserAgent is where the windows find each other and the Go program's. nil: a new one. Its Clock
	// must be set for timers to run.
	UserAgent *entangle.UserAgent

	// InitScript is a script that runs in each document of the pages that Go opens, before its own
	// scripts; not in frames. "": none.
	InitScript string

	// Console is told what scripts print. Error is told of errors of scripts that they did not handle
	// themselves; without it they are on the console. Message is told of every message between
	// windows, ports, workers and broadcast channels.
	Console func(ConsoleMessage)
	Error   func(ScriptError)
	Message func(Message)

	// ScriptTimeout is how long a script may run without returning to its event loop. 0: 10 s;
	// negative: any time.
	ScriptTimeout time.Duration
	// FetchTimeout is how long a fetch may take. 0: 30 s.
	FetchTimeout time.Duration
	// MaxBody is how many bytes a fetched body may have. 0: 64 MiB.
	MaxBody int64
	// MemoryLimit is how many bytes the script heap of an agent may have, at least 4 MiB. 0: 512 MiB;
	// negative: any number.
	MemoryLimit int
	// MaxHeap is how many bytes the heap of the Go program may have so that scripts can post messages:
	// those wait in Go's memory. 0: 2 GiB.
	MaxHeap int64
	// StackSize is how many nested calls a script may make, at least 100. 0: 5000; at most 20000.
	StackSize int
	// MaxWindows is how many pages and frames there may be at a time. 0: 1000.
	MaxWindows int
	// MaxFrameDepth is how deep frames may be inside of frames. 0: 16.
	MaxFrameDepth int
	// Workers limit the workers.
	Workers WorkerLimits
}

func (o Options) orDefaults() Options {
	setDefault(&o.Origin, "http://localhost")
	setDefault(&o.ScriptTimeout, 10*time.Second)
	setDefault(&o.MaxWindows, 1000)
	setDefault(&o.MaxHeap, 2<<30)
	setDefault(&o.MaxFrameDepth, 16)
	o.ScriptTimeout = max(o.ScriptTimeout, 0)
	if o.UserAgent == nil {
		o.UserAgent = entangle.NewUserAgent()
		o.UserAgent.Clock = eventloop.Clock{
			Now:       time.Now,
			AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
		}
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Host is a user agent: pages, their frames and their workers.
type Host struct {
	options   Options
	origin    entangle.Origin // of the Go program's windows
	userAgent *entangle.UserAgent
	loader    *loader.Loader
	activity  activity
	addresses addresses
	storages  storages
	workers   *workers
	ctx       context.Context // done when the host is closed
	cancel    context.CancelFunc
	fetches   sync.WaitGroup

	fetching   atomic.Int64  // how many fetches there are
	fetchSlots chan struct{} // a token for each that is under way
	memory     memory

	mu         sync.Mutex // guards the fields below and the tree of navigables; the engine is not called with it
	agentEnded *sync.Cond
	agents     map[*agent]struct{}
	closed     bool
	senders    map[*entangle.Window]*navigable // of the windows that are not destroyed
	navigables int                             // those that are not closed
	program    *entangle.Window                // of the Go program, see goWindow
}

// New returns a host. The error is about the options. Close it.
func New(options Options) (*Host, error) {
	options = options.orDefaults()
	if err := options.checkLimits(); err != nil {
		return nil, err
	}
	origin, err := parseOrigin("Origin", options.Origin)
	if err != nil {
		return nil, err
	}
	origins := map[string]http.Handler{}
	for text, handler := range options.Origins {
		o, err := parseOrigin("Origins", text)
		if err != nil {
			return nil, err
		}
		if origins[o.String()] != nil {
			return nil, fmt.Errorf("host: Options.Origins has %s twice", o)
		}
		origins[o.String()] = handler
	}
	if options.Files != nil {
		origins[origin.String()] = loader.Files(options.Files)
	}
	l, err := loader.New(loader.Options{
		Origins: origins, HostRules: options.HostRules, Insecure: options.Insecure, Timeout: options.FetchTimeout,
		MaxBody: options.MaxBody, UserAgent: userAgentName, Blobs: &bloburl.Store{},
	})
	if err != nil {
		return nil, err
	}
	h := &Host{
		options: options, origin: origin, userAgent: options.UserAgent, loader: l,
		workers: newWorkers(options.Workers), agents: map[*agent]struct{}{},
		fetchSlots: make(chan struct{}, maxFetches), memory: memory{limit: uint64(options.MaxHeap)},
		senders: map[*entangle.Window]*navigable{},
	}
	if options.Message != nil && h.userAgent.Trace == nil {
		h.userAgent.Trace = h.trace
	}
	h.agentEnded = sync.NewCond(&h.mu)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h, nil
}

// UserAgent returns where the host's windows find each other.
func (h *Host) UserAgent() *entangle.UserAgent { return h.userAgent }

// Wait waits until nothing can happen any more by itself: all event loops wait, without timers,
// nothing is being loaded, no socket is open. The error is that of ctx, or [entangle.ErrClosed].
func (h *Host) Wait(ctx context.Context) error {
	if err := h.activity.wait(ctx); err != nil {
		return err
	}
	if h.ctx.Err() != nil {
		return errHostClosed
	}
	return nil
}

// Close ends all pages and workers, and waits until their goroutines have ended.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	agents, program := maps.Clone(h.agents), h.program
	h.mu.Unlock()
	h.cancel()
	if program != nil {
		program.Destroy()
	}
	for a := range agents {
		a.close()
	}
	h.mu.Lock()
	for len(h.agents) > 0 {
		h.agentEnded.Wait()
	}
	h.mu.Unlock()
	h.endWindows(nil) // what a navigation gave to an agent that had ended
	h.fetches.Wait()
	h.loader.Close()
	return nil
}

// pending counts something under way, so that Wait waits for it. Any goroutine may call it, and
// done, which does nothing the second time.
func (h *Host) pending() (done func()) { return h.activity.pending() }
