/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The events of a hub and its ports: classes of our own, for Node has neither CloseEvent nor
 * ErrorEvent.
 */
/** The connection to a hub is gone. */
export declare class HubCloseEvent extends Event {
    /** That of the WebSocket, or of the hub: 1000 after close(), 1006 for a connection that broke. */
    readonly code: number;
    /** In words, of the hub; may be "". */
    readonly reason: string;
    /** Whether both sides agreed to end. */
    readonly wasClean: boolean;
}
/** An error that no call can throw. It is logged, unless preventDefault() is called. */
export declare class HubErrorEvent extends Event {
    readonly message: string;
}
/**
 * Why a port ended:
 *
 * - closed: the other side closed it, or the signal of `connectTo` was aborted;
 * - lost: the other side is gone, or there was no connection to the hub for too long;
 * - limit: a limit of this side: too much waits for the other side, too many ports, or too many
 *   connects that nobody has answered;
 * - refused: the hub refused the connect, or this client, or what it came back with;
 * - shutdown: `hub.close()` was called here, or the hub ends.
 */
export type PortCloseReason = "closed" | "lost" | "limit" | "refused" | "shutdown";
/**
 * A port has ended, and everything that its other side posted has been dispatched. The reason is
 * the one that this side knows: if this side closes a port for a limit, the other side hears that
 * it was closed.
 */
export declare class PortCloseEvent extends Event {
    readonly reason: PortCloseReason;
    /** Further details for people, in no fixed form; may be "". */
    readonly text: string;
}
/** Options of {@link connect}. If you connect over a port only name, signal and log apply. */
export interface ConnectOptions {
    /** The name under which others find this page: see {@link Hub.name}. Default: "", none. */
    name?: string | undefined;
    /**
     * Aborting it closes the hub, as {@link Hub.close} does; {@link Hub.ready} rejects with its
     * reason.
     */
    signal?: AbortSignal | undefined;
    /** The time that the hub has to answer, in milliseconds. Default: 20,000. Infinity: no limit. */
    connectTimeout?: number | undefined;
    /** The subprotocols that the WebSocket offers. Default: none. */
    protocols?: string | string[] | undefined;
    /**
     * The origin that a program states, because it has none of its own. For a page the hub believes
     * only the browser. Default: none.
     */
    origin?: string | undefined;
    /**
     * The class to open the socket with, where there is no global one: that of `ws` or `undici` in
     * Node 20.
     */
    WebSocket?: (new (url: string, protocols?: string | string[]) => {
        close(code?: number): void;
    }) | undefined;
    /**
     * Receives the text of each `error` event whose default was not prevented. Default:
     * `console.error`.
     */
    log?: ((message: string) => void) | undefined;
}
/** Options of {@link Hub.connectTo}. */
export interface ConnectToOptions {
    /**
     * Searches the services of that origin (its URL will do), instead of the windows of this page's
     * own origin and user. The service is told this page's origin and user.
     */
    targetOrigin?: string | undefined;
    /**
     * Aborting it closes the port after the messages posted on it, whether or not it was connected;
     * `close` is fired at it.
     */
    signal?: AbortSignal | undefined;
}
/** Options of {@link Hub.close}. */
export interface CloseOptions {
    /**
     * The time that the other sides have to confirm all messages, in milliseconds. Default: 1,000.
     */
    timeout?: number | undefined;
}
/** What {@link Hub.close} resolves with. */
export interface Closed {
    /**
     * The number of posted messages that their receivers did not confirm, and of broadcasts that
     * were never sent.
     */
    undelivered: number;
}
/**
 * connecting: nobody has answered yet, and what is posted waits. reconnecting: the connection is
 * lost, and made again; ports, names and channels go on with it, unless that takes more than two
 * minutes, when ports get `close`. closed is final: every port got `close`.
 */
export type HubState = "connecting" | "open" | "reconnecting" | "closed";
/** The events of a {@link Hub}. */
export interface HubEventMap {
    /** Somebody connected to this page's name. Nobody listens: the caller's port is closed. */
    connect: ConnectEvent;
    /** {@link Hub.state} changed. */
    statechange: Event;
    /**
     * The connection to the hub is gone: its code and reason are those of the WebSocket, or of the
     * hub.
     */
    close: HubCloseEvent;
    /**
     * An error that no call can throw: a message was too large, or holds a value without a byte form.
     * It is also logged, unless preventDefault() is called.
     */
    error: HubErrorEvent;
}
/**
 * A native MessagePort: In is what comes, Out what is posted. `close` is fired at it: see {@link
 * Hub}.
 */
export interface TypedPort<In = any, Out = any> extends MessagePort {
    onmessage: ((this: MessagePort, event: MessageEvent<In>) => any) | null;
    onclose: ((this: MessagePort, event: PortCloseEvent) => any) | null;
    onbufferedamountlow: ((this: MessagePort, event: Event) => any) | null;
    /**
     * The number of bytes that were posted on the port here and that the other side has not taken
     * into its queue. A Blob counts once it was read. Beyond 64 MiB one more message closes the port.
     */
    readonly bufferedAmount: number;
    /** Once bufferedAmount is not above it any more, `bufferedamountlow` is fired. Default: 0. */
    bufferedAmountLowThreshold: number;
    /**
     * Resolves when the other side has taken everything that was posted here so far. Rejects with an
     * InvalidStateError DOMException if the port is closed, or given on, first.
     */
    sent(): Promise<void>;
    postMessage(message: Out, transfer: Transferable[]): void;
    postMessage(message: Out, options?: StructuredSerializeOptions): void;
    addEventListener(type: "message", listener: (this: MessagePort, event: MessageEvent<In>) => any, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: "close", listener: (this: MessagePort, event: PortCloseEvent) => any, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: "messageerror", listener: (this: MessagePort, event: MessageEvent) => any, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}
/**
 * A connection to this page's name. `source`, which is `ports[0]`, is a native MessagePort, not
 * started.
 */
export declare class ConnectEvent<In = any, Out = any> extends MessageEvent<string> {
    /** The caller's user as the hub knows it; `origin` is the caller's origin as the hub knows it. */
    readonly user: string;
    readonly ports: readonly [TypedPort<In, Out>];
    readonly source: TypedPort<In, Out>;
}
/** The constructor of broadcast channels that reach this page's origin and user, at one hub. */
export interface HubBroadcastChannelConstructor {
    /** A name has at most 256 bytes; longer: a SyntaxError DOMException. */
    new (name: string): BroadcastChannel;
}
/**
 * A connection to a hub, made by {@link connect}.
 *
 * What it hands out are native MessagePorts, which may be given to frames, workers and libraries. A
 * port of the hub that is posted over another one, in this realm, by its own postMessage, is handed
 * over, with what is queued in it; this page may leave afterwards. One that is given on in any
 * other way (to a frame, a worker, over a channel of the page's own) is relayed by this page, and
 * ends with it: `entangle/share` gives a frame or a worker ports of its own.
 *
 * - Messages are structured clones. A message with a value without a byte form (ImageBitmap,
 *   CryptoKey, streams, SharedArrayBuffer), or of more than 1 MiB, is `messageerror` at the
 *   receiver and `error` at this hub.
 * - When postMessage returns the message is on its way, also while the page is being unloaded. A
 *   Blob has to be read first: its message, and messages posted after it on that port, wait, and
 *   are lost if the page ends meanwhile.
 * - `close` is fired at a port when its other side was closed, or is lost, after the last
 *   message. The event is fired at ports in this realm only, whether or not the browser knows it.
 * - A port with 16 MiB waiting for the other side is closed, and so is one that posts while 64 MiB
 *   wait on all ports. The client relays at most 1,024 native ports at a time: a message with more
 *   is `messageerror`.
 * - When there is no connection for more than two minutes each port gets `close`.
 * - A port that is dropped without close() stays open until the page goes.
 */
export declare class Hub extends EventTarget {
    #private;
    /**
     * Resolves when the hub has answered. If it does not, rejects with a NetworkError, TimeoutError
     * or AbortError DOMException, the signal's reason, or what the function for the address threw.
     */
    readonly ready: Promise<void>;
    /**
     * `new hub.BroadcastChannel(name)`: the standard's interface; closed when the connection to the
     * hub is.
     */
    readonly BroadcastChannel: HubBroadcastChannelConstructor;
    onconnect: ((this: Hub, event: ConnectEvent) => unknown) | null;
    onstatechange: ((this: Hub, event: Event) => unknown) | null;
    onclose: ((this: Hub, event: HubCloseEvent) => unknown) | null;
    onerror: ((this: Hub, event: HubErrorEvent) => unknown) | null;
    get state(): HubState;
    /** This page's origin as the hub knows it, "" until {@link ready}. */
    get origin(): string;
    /** This page's user as the hub knows it, "" until {@link ready}. */
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
     * Connects to the listener of a name, now or later: posted messages wait until there is one. To
     * give up, close the port or use the signal.
     *
     * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
     * 256 bytes, and for a target origin that is none; and the signal's reason if that was aborted.
     */
    connectTo<In = any, Out = any>(name: string, { targetOrigin, signal }?: ConnectToOptions): TypedPort<In, Out>;
    /**
     * A port for a frame, a dedicated or a service worker: `connect(port)` there makes a hub of this
     * session, with a name, ports and broadcast channels of its own. Its ports are handed over as
     * this page's are. They end with its realm, if that holds a Web Lock that this page can see, or
     * fires `pagehide`, or the platform fires `close` at ports; and with this hub. Both sides have to
     * `import "entangle/share"`.
     */
    share(): MessagePort;
    /**
     * Closes every port, after the messages posted on it, and then the connection: as soon as the
     * other sides have confirmed all messages, or when the timeout is over. Resolves when the
     * connection is closed, and never rejects. While the hub has not answered yet, what was posted
     * waits for it, that long.
     *
     * A hub of a shared session closes its own ports only; what it has posted is then the other
     * realm's to deliver.
     */
    close({ timeout }?: CloseOptions): Promise<Closed>;
    addEventListener<K extends keyof HubEventMap>(type: K, listener: ((this: Hub, event: HubEventMap[K]) => unknown) | null, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}
export interface Hub extends AsyncDisposable {
}
/**
 * Connects to a hub. Returns at once: ports, names and channels may be used before
 * {@link Hub.ready}.
 *
 * The address is a WebSocket's (`ws:`, `wss:`) or that of a page there (`http:`, `https:`, or
 * relative to the document); or a function that finds it, for one with a token that is made at the
 * moment; or a port of {@link Hub.share}.
 *
 * Throws a SyntaxError DOMException for another address, and for a name that cannot be registered;
 * and the signal's reason if that was aborted.
 */
export declare function connect(address: string | URL | (() => string | URL | Promise<string | URL>) | MessagePort, options?: ConnectOptions): Hub;
