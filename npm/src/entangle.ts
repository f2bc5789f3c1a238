/// <reference lib="dom" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />

import { Broadcasts, HubBroadcastChannel } from "./broadcast.ts";
import { Client } from "./client.ts";
import { maxName } from "./protocol/frame.ts";
import { defineHandlers } from "./handlers.ts";
import { encodeText } from "./text.ts";

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
export class ConnectEvent extends MessageEvent<string> {
  /** Who the caller is to the hub. `origin` is the caller's origin as the hub knows it. */
  readonly user: string;

  /** @internal */
  constructor(port: MessagePort, origin: string, user: string) {
    super("connect", { data: "", origin, source: port, ports: [port] });
    this.user = user;
  }
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
export class Hub extends EventTarget {
  /**
   * Resolves when the hub has answered; rejects with a NetworkError DOMException if it does not.
   */
  readonly ready: Promise<void>;
  /**
   * `new hub.BroadcastChannel(name)`: the standard's interface; closed when the connection
   * to the hub is.
   */
  readonly BroadcastChannel: HubBroadcastChannelConstructor;

  declare onconnect: ((this: Hub, event: ConnectEvent) => unknown) | null;
  declare onstatechange: ((this: Hub, event: Event) => unknown) | null;
  declare onclose: ((this: Hub, event: CloseEvent) => unknown) | null;
  declare onerror: ((this: Hub, event: ErrorEvent) => unknown) | null;

  readonly #client: Client;
  readonly #broadcasts: Broadcasts;
  readonly #closed: Promise<void>;
  #state: HubState = "connecting";
  #origin = "";
  #user = "";
  #name = "";
  #listener = 0;
  #listened = false;

  /** @internal */
  constructor(url: string | URL, { name = "", signal }: ConnectOptions) {
    super();
    checkName(name, true);
    signal?.throwIfAborted();
    let ready: () => void, refuse: (reason: unknown) => void, closed: () => void;
    this.ready = new Promise((resolve, reject) => ([ready, refuse] = [resolve, reject]));
    this.#closed = new Promise((resolve) => (closed = resolve));
    this.ready.catch(() => {}); // who does not wait for it need not catch it
    defineHandlers(this, "connect", "statechange", "close", "error");
    this.#client = new Client(url, {
      welcome: (origin, user) => {
        this.#origin = this.#broadcasts.origin = origin;
        this.#user = user;
        ready();
        this.#become("open");
      },
      connection: (port, origin, user) => this.#connection(port, origin, user),
      broadcast: (name, body) => this.#broadcasts.receive(name, body),
      report: (message) => this.#report(message),
      closed: (code, reason, wasClean) => {
        refuse(new DOMException(`The hub did not answer${reason && `: ${reason}`}.`, "NetworkError"));
        closed();
        this.#broadcasts.end();
        this.#become("closed");
        this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean }));
      },
    });
    const broadcasts = (this.#broadcasts = new Broadcasts(this.#client));
    this.BroadcastChannel = class BroadcastChannel extends HubBroadcastChannel {
      constructor(name: string) {
        super(broadcasts, name);
      }
    } as unknown as HubBroadcastChannelConstructor;
    this.name = name;
    signal?.addEventListener("abort", () => void this.close(), { once: true });
  }

  get state(): HubState {
    return this.#state;
  }

  /** This page's origin as the hub knows it; "" until {@link ready}. */
  get origin(): string {
    return this.#origin;
  }

  /** Who this page is to the hub; "" until {@link ready}. */
  get user(): string {
    return this.#user;
  }

  /**
   * The name under which pages of the same origin and user find this one by {@link connectTo}; ""
   * is none. Of several with one name the first to register is found. May be set at any time.
   *
   * Throws a SyntaxError DOMException for a name that begins with "_" or has more than 256 bytes.
   */
  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    name = String(name);
    if (name === this.#name) return;
    checkName(name, true);
    if (this.#name) this.#client.step({ kind: "unlisten", listener: this.#listener });
    this.#name = name;
    if (name) this.#client.step({ kind: "listen", listener: ++this.#listener, name });
  }

  /**
   * Connects to whoever has the name, now or later: what is posted waits until somebody has. To
   * give up, close the port or use the signal.
   *
   * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
   * 256 bytes, and for a target origin that is none; and the signal's reason if that was aborted.
   */
  connectTo(name: string, { targetOrigin, signal }: ConnectToOptions = {}): MessagePort {
    name = String(name);
    checkName(name, false);
    signal?.throwIfAborted();
    const [wire, port] = this.#client.connectTo(name, targetOrigin === undefined ? "" : originOf(targetOrigin));
    signal?.addEventListener("abort", () => wire.abort(), { once: true });
    return port;
  }

  /**
   * Closes every port, after what was posted on it (except what still waits for a blob to be read),
   * and then the connection. The other sides have a second to take everything. Resolves when the
   * connection is closed.
   */
  close(): Promise<void> {
    this.#client.close();
    return this.#closed;
  }

  override addEventListener<K extends keyof HubEventMap>(
    type: K,
    listener: ((this: Hub, event: HubEventMap[K]) => unknown) | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    if (type === "connect" && listener) this.#listened = true;
    super.addEventListener(type, listener as EventListener, options);
  }

  #become(state: HubState): void {
    this.#state = state;
    this.dispatchEvent(new Event("statechange"));
  }

  // DEVIATION: a connection that nobody has ever listened for is closed, where the standard leaves
  // it to garbage collection.
  #connection(port: MessagePort, origin: string, user: string): void {
    if (!this.#listened) return port.close();
    this.dispatchEvent(new ConnectEvent(port, origin, user));
  }

  #report(message: string): void {
    if (this.dispatchEvent(new ErrorEvent("error", { message, cancelable: true }))) console.error(`entangle: ${message}`);
  }
}

export interface Hub extends AsyncDisposable {}

if (Symbol.asyncDispose) {
  Hub.prototype[Symbol.asyncDispose] = function () {
    return this.close();
  };
}

/**
 * Connects to a hub. Returns at once: ports, names and channels may be used before
 * {@link Hub.ready}.
 *
 * The address is a WebSocket's (`ws:`, `wss:`) or that of a page there (`http:`, `https:`,
 * or relative). Throws a SyntaxError DOMException for another one, and for a name that
 * cannot be registered.
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Hub {
  return new Hub(url, options);
}

function checkName(name: string, mayBeEmpty: boolean): void {
  if ((!name && !mayBeEmpty) || name.startsWith("_") || encodeText(name).length > maxName) {
    throw new DOMException(`${JSON.stringify(name)} is not a name that others can be found by.`, "SyntaxError");
  }
}

function originOf(url: string): string {
  const origin = URL.canParse(url) ? new URL(url).origin : "null";
  if (origin === "null") throw new DOMException(`${JSON.stringify(url)} has no origin.`, "SyntaxError");
  return origin;
}
