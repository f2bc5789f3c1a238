/// <reference lib="dom" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/** Options of {@link connect}. */
export interface ConnectOptions {
    /** The name under which others find this page: see {@link Hub.name}. Default: "", none. */
    name?: string | undefined;
    /** Aborting it closes the hub. */
    signal?: AbortSignal | undefined;
}
/** Options of {@link Hub.connectTo}. */
export interface ConnectToOptions {
    /**
     * Searches the services of that origin (its URL will do), instead of the windows of this page's
     * own origin and user. The service is told this page's origin and user.
     */
    targetOrigin?: string | undefined;
    /** Aborting it closes the port, whether or not somebody was found; `close` is fired at it. */
    signal?: AbortSignal | undefined;
}
/**
 * connecting: nobody has answered yet, and what is posted waits. closed is final: every
 * port got `close`.
 */
export type HubState = "connecting" | "open" | "closed";
/** The events of a {@link Hub}. */
export interface HubEventMap {
    /** Somebody connected to this page's name. Nobody listens: the caller's port is closed. */
    connect: ConnectEvent;
    /** {@link Hub.state} changed. */
    statechange: Event;
    /**
     * The connection to the hub is gone: its code and reason are those of the WebSocket,
     * or of the hub.
     */
    close: CloseEvent;
    /**
     * Something went wrong that no call can throw: a message was too large, or holds what has no byte
     * form. Unless preventDefault() is called the console is told, too.
     */
    error: ErrorEvent;
}
/**
 * A connection to this page's name. `source`, which is `ports[0]`, is a native
 * MessagePort, not started.
 */
export declare class ConnectEvent extends MessageEvent<string> {
    /** Who the caller is to the hub. `origin` is the caller's origin as the hub knows it. */
    readonly user: string;
}
/** The constructor of broadcast channels that reach this page's origin and user, at one hub. */
export interface HubBroadcastChannelConstructor {
    /** A name has at most 256 bytes; longer: a SyntaxError DOMException. */
    new (name: string): BroadcastChannel;
}
/**
 * A connection to a hub: made by {@link connect}.
 *
 * What it hands out are native MessagePorts, which may be given to frames, workers and libraries.
 * A port of the hub that is posted over another one, in this realm, by its own postMessage, is
 * handed over, with what is queued in it; this page may leave afterwards. One that is given on in
 * any other way (to a frame, a worker, over a channel of the page's own) is relayed by this page,
 * and ends with it.
 *
 * - Messages are structured clones. What has no byte form (ImageBitmap, CryptoKey, streams,
 *   SharedArrayBuffer), and what is larger than 1 MiB, is `messageerror` at the receiver and
 *   `error` at this hub.
 * - `close` is fired at a port when its other side was closed, or is lost, after the last message.
 *   It does not say which. The event is fired at ports in this realm only, whether or not the
 *   browser knows it.
 * - A port of which 16 MiB wait for the other side is closed, and so is one that posts while
 *   64 MiB wait in all.
 * - Nothing is resumed yet: when the connection is lost, each port gets `close`. What is posted
 *   while the page is being unloaded is lost.
 * - A port that is dropped without close() stays open until the page goes.
 */
export declare class Hub extends EventTarget {
    #private;
    /**
     * Resolves when the hub has answered; rejects with a NetworkError DOMException if it does not.
     */
    readonly ready: Promise<void>;
    /**
     * `new hub.BroadcastChannel(name)`: the standard's interface; closed when the connection
     * to the hub is.
     */
    readonly BroadcastChannel: HubBroadcastChannelConstructor;
    onconnect: ((this: Hub, event: ConnectEvent) => unknown) | null;
    onstatechange: ((this: Hub, event: Event) => unknown) | null;
    onclose: ((this: Hub, event: CloseEvent) => unknown) | null;
    onerror: ((this: Hub, event: ErrorEvent) => unknown) | null;
    get state(): HubState;
    /** This page's origin as the hub knows it; "" until {@link ready}. */
    get origin(): string;
    /** Who this page is to the hub; "" until {@link ready}. */
    get user(): string;
    /**
     * The name under which pages of the same origin and user find this one by {@link connectTo}; ""
     * is none. Of several with one name the first to register is found. May be set at any time.
     *
     * Throws a SyntaxError DOMException for a name that begins with "_" or has more than 256 bytes.
     */
    get name(): string;
    set name(name: string);
    /**
     * Connects to whoever has the name, now or later: what is posted waits until somebody has. To
     * give up, close the port or use the signal.
     *
     * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
     * 256 bytes, and for a target origin that is none; and the signal's reason if that was aborted.
     */
    connectTo(name: string, { targetOrigin, signal }?: ConnectToOptions): MessagePort;
    /**
     * Closes every port, after what was posted on it (except what still waits for a blob to be read),
     * and then the connection. The other sides have a second to take everything. Resolves when the
     * connection is closed.
     */
    close(): Promise<void>;
    addEventListener<K extends keyof HubEventMap>(type: K, listener: ((this: Hub, event: HubEventMap[K]) => unknown) | null, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}
export interface Hub extends AsyncDisposable {
}
/**
 * Connects to a hub. Returns at once: ports, names and channels may be used before
 * {@link Hub.ready}.
 *
 * The address is a WebSocket's (`ws:`, `wss:`) or that of a page there (`http:`, `https:`,
 * or relative). Throws a SyntaxError DOMException for another one, and for a name that
 * cannot be registered.
 */
export declare function connect(url: string | URL, options?: ConnectOptions): Hub;
