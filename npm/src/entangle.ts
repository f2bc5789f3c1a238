/// <reference lib="esnext.disposable" preserve="true" />

import { Broadcasts, HubBroadcastChannel } from "./broadcast.ts";
import type { Carrier, End, News } from "./carrier.ts";
import { Client } from "./client.ts";
import { HubCloseEvent, HubErrorEvent, type PortCloseEvent } from "./events.ts";
import { defineHandlers } from "./handlers.ts";
import { checkName } from "./name.ts";
import { Session } from "./session.ts";
import { Socket } from "./socket.ts";
import { onPagehide } from "./unload.ts";

export * from "./events.ts";

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
  WebSocket?: (new (url: string, protocols?: string | string[]) => { close(code?: number): void }) | undefined;
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
  addEventListener(
    type: "message",
    listener: (this: MessagePort, event: MessageEvent<In>) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: "close",
    listener: (this: MessagePort, event: PortCloseEvent) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: "messageerror",
    listener: (this: MessagePort, event: MessageEvent) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/**
 * A connection to this page's name. `source`, which is `ports[0]`, is a native MessagePort, not
 * started.
 */
export class ConnectEvent<In = any, Out = any> extends MessageEvent<string> {
  /** The caller's user as the hub knows it; `origin` is the caller's origin as the hub knows it. */
  declare readonly user: string;
  declare readonly ports: readonly [TypedPort<In, Out>];
  declare readonly source: TypedPort<In, Out>;

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
export class Hub extends EventTarget {
  /**
   * Resolves when the hub has answered. If it does not, rejects with a NetworkError, TimeoutError
   * or AbortError DOMException, the signal's reason, or what the function for the address threw.
   */
  declare readonly ready: Promise<void>;
  /**
   * `new hub.BroadcastChannel(name)`: the standard's interface; closed when the connection to the
   * hub is.
   */
  declare readonly BroadcastChannel: HubBroadcastChannelConstructor;

  declare onconnect: ((this: Hub, event: ConnectEvent) => unknown) | null;
  declare onstatechange: ((this: Hub, event: Event) => unknown) | null;
  declare onclose: ((this: Hub, event: HubCloseEvent) => unknown) | null;
  declare onerror: ((this: Hub, event: HubErrorEvent) => unknown) | null;

  /** @internal */
  declare readonly client: Client;
  /** @internal */
  declare readonly broadcasts: Broadcasts;
  readonly #log: (message: string) => void;
  #ready!: () => void;
  #refuse!: (reason: unknown) => void;
  #closing: Promise<Closed> | undefined;
  #state: HubState = "connecting";
  #origin = "";
  #user = "";
  #name = "";
  #listener = 0;
  #shown: () => void;
  #listened = false;

  /** @internal What "entangle/share" adds. */
  declare static sharing: { share(hub: Hub): MessagePort; connect(port: MessagePort, options: ConnectOptions): Hub } | undefined;

  /** @internal start lets the carrier begin to tell. */
  constructor(carrier: Carrier, { name = "", signal, log }: ConnectOptions, start: (tell: (news: News) => void) => void) {
    super();
    this.#log = log ?? ((message) => console.error(`entangle: ${message}`));
    this.ready = new Promise((resolve, reject) => ([this.#ready, this.#refuse] = [resolve, reject]));
    this.ready.catch(() => {}); // who does not wait for it need not catch it
    defineHandlers(this, "connect", "statechange", "close", "error");
    this.client = new Client(carrier, {
      news: (news) => {
        if (news.kind === "welcome") this.#welcome(news.origin, news.user);
        else if (news.kind === "away") this.#become("reconnecting");
        else if (news.kind === "broadcast") this.broadcasts.receive(news.name, news.body);
        else if (news.kind === "crowded") this.broadcasts.refuse(news.name);
        else this.#ended(news.end);
      },
      report: (message) => this.#report(message),
    });
    const broadcasts = (this.broadcasts = new Broadcasts(this.client));
    // A member of an object: so a class has that name.
    const { BroadcastChannel } = {
      BroadcastChannel: class extends HubBroadcastChannel {
        constructor(name: string) {
          super(broadcasts, name);
        }
      },
    };
    this.BroadcastChannel = BroadcastChannel as unknown as HubBroadcastChannelConstructor;
    start((news) => this.client.news(news));
    this.name = name;
    this.#shown = onPagehide((hidden, persisted) => {
      this.client.leaving = hidden && !persisted;
      if (this.client.pending.messages) this.client.lost();
    });
    const abort = () => {
      this.#refuse(signal!.reason);
      void this.close();
    };
    signal?.addEventListener("abort", abort, { once: true });
  }

  get state(): HubState {
    return this.#state;
  }

  /** This page's origin as the hub knows it, "" until {@link ready}. */
  get origin(): string {
    return this.#origin;
  }

  /** This page's user as the hub knows it, "" until {@link ready}. */
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
    if (this.#name) this.client.carrier.order({ kind: "unlisten", listener: this.#listener });
    this.#name = name;
    if (name) this.#listener = this.client.listen(name, (port, origin, user) => this.#connection(this.client.take(port)[1], origin, user));
  }

  /**
   * Connects to the listener of a name, now or later: posted messages wait until there is one. To
   * give up, close the port or use the signal.
   *
   * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
   * 256 bytes, and for a target origin that is none; and the signal's reason if that was aborted.
   */
  connectTo<In = any, Out = any>(name: string, { targetOrigin, signal }: ConnectToOptions = {}): TypedPort<In, Out> {
    name = String(name);
    checkName(name, false);
    signal?.throwIfAborted();
    const [wire, port] = this.client.connectTo(name, targetOrigin === undefined ? "" : originOf(targetOrigin));
    signal?.addEventListener("abort", () => wire.abort({ reason: "closed", text: String(signal.reason) }), { once: true });
    return port as TypedPort<In, Out>;
  }

  /**
   * A port for a frame, a dedicated or a service worker: `connect(port)` there makes a hub of this
   * session, with a name, ports and broadcast channels of its own. Its ports are handed over as
   * this page's are. They end with its realm, if that holds a Web Lock that this page can see, or
   * fires `pagehide`, or the platform fires `close` at ports; and with this hub. Both sides have to
   * `import "entangle/share"`.
   */
  share(): MessagePort {
    return sharing().share(this);
  }

  /**
   * Closes every port, after the messages posted on it, and then the connection: as soon as the
   * other sides have confirmed all messages, or when the timeout is over. Resolves when the
   * connection is closed, and never rejects. While the hub has not answered yet, what was posted
   * waits for it, that long.
   *
   * A hub of a shared session closes its own ports only; what it has posted is then the other
   * realm's to deliver.
   */
  close({ timeout = 1000 }: CloseOptions = {}): Promise<Closed> {
    return (this.#closing ??= this.#close(Math.min(timeout, 2 ** 31 - 1)));
  }

  async #close(timeout: number): Promise<Closed> {
    const time = Date.now() + timeout;
    const { pending, carrier } = this.client;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, timeout)));
    await Promise.race([late, pending.idle()]);
    clearTimeout(timer);
    await carrier.settle(time);
    const waiting = pending.messages;
    this.client.abort({ reason: "shutdown", text: "hub.close() was called" });
    return { undelivered: waiting + (await carrier.close(time)) };
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

  #welcome(origin: string, user: string): void {
    this.#origin = this.broadcasts.origin = origin;
    this.#user = user;
    this.#ready();
    this.#become("open");
  }

  #ended(end: End): void {
    this.#shown();
    this.#refuse(end.error);
    this.broadcasts.end();
    this.#become("closed");
    this.dispatchEvent(new HubCloseEvent(end));
  }

  #become(state: HubState): void {
    if (state === this.#state) return;
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
    if (!this.dispatchEvent(new HubErrorEvent(message))) return;
    try {
      this.#log(message);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // as a listener's exception: nothing here ends of it
      });
    }
  }
}

export interface Hub extends AsyncDisposable {}

if (Symbol.asyncDispose) {
  Hub.prototype[Symbol.asyncDispose] = async function () {
    await this.close();
  };
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
export function connect(
  address: string | URL | (() => string | URL | Promise<string | URL>) | MessagePort,
  options: ConnectOptions = {},
): Hub {
  checkName(options.name ?? "", true);
  options.signal?.throwIfAborted();
  if (typeof address === "object" && "postMessage" in address) return sharing().connect(address, options);
  const session = new Session(new Socket(address, options as object));
  return new Hub(session, options, (tell) => session.start(tell, options.origin ?? "", options.connectTimeout ?? 20_000));
}

function sharing() {
  if (!Hub.sharing) throw new TypeError('import "entangle/share", too');
  return Hub.sharing;
}

function originOf(url: string): string {
  const origin = URL.canParse(url) ? new URL(url).origin : "null";
  if (origin === "null") throw new DOMException(`${JSON.stringify(url)} has no origin.`, "SyntaxError");
  return origin;
}
