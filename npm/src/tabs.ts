/**
 * Lets the tabs of one browser find each other by name, without a server:
 *
 *     import { tabs } from "entangle/tabs";
 *
 *     const here = tabs({ name: "editor" });
 *     here.onconnect = ({ ports: [port] }) => { port.onmessage = ...; };
 *     // in another tab
 *     tabs().connectTo("editor").postMessage("hello");
 *
 * Tabs of one origin, in one browser and one partition of its storage, meet in a SharedWorker,
 * which introduces them. Their ports are the browser's own: they carry whatever the browser
 * can clone or transfer, and they outlive the worker. For broadcasts the native
 * BroadcastChannel is enough.
 */
import { type PortCloseReason, PortCloseEvent } from "./events.ts";
import { defineHandlers } from "./handlers.ts";
import type { Wish, Word } from "./introducer.ts";
import { checkName } from "./name.ts";
import { random } from "./random.ts";
import { onPagehide } from "./unload.ts";

/**
 * What a tab says to the worker: its wishes, and which lock it holds as long as it lives.
 *
 * @internal
 */
export type Said = Wish | { kind: "alive"; lock: string };
/**
 * What the worker says to a tab: words, and which lock it holds as long as it lives; "" is none.
 *
 * @internal
 */
export type Told = Word | { kind: "here"; lock: string };

/** Options of {@link tabs}. */
export interface TabsOptions {
  /** The name under which other tabs find this one: see {@link Tabs.name}. Default: "", none. */
  name?: string | undefined;
  /**
   * The URL of the worker's script, `entangle/worker`, on this page's own origin; or a function
   * that makes the worker, as a module and from the same URL in all tabs. Default: `worker.js`
   * beside this module.
   */
  worker?: string | URL | (() => SharedWorker) | undefined;
}

/** Options of {@link Tabs.connectTo}. */
export interface TabsConnectToOptions {
  /** Services need a hub: any value throws a NotSupportedError DOMException. */
  targetOrigin?: string | undefined;
  /** When it is aborted, the port is closed and gets `close`, whether or not a tab was found. */
  signal?: AbortSignal | undefined;
}

/** The events of {@link Tabs}. */
export interface TabsEventMap {
  /** Another tab connected to this tab's name. If nobody listens, the port is closed. */
  connect: MessageEvent<string>;
}

/** A connect that no tab has answered yet. */
interface Pending {
  name: string;
  port: MessagePort;
  /** The end for the other tab. */
  far: MessagePort;
}

/** Each major version of this package has a worker of its own. */
const workerName = "entangle 0";

/**
 * DEVIATION: Chromium 156 and Firefox 153 have no `onclose` at ports. So the worker says that the
 * other tab has closed its end, or is gone, and the event is fired this many milliseconds later, so
 * that messages that were posted before have come.
 */
const afterLast = 100;
const nativeClose = "onclose" in (globalThis.MessagePort?.prototype ?? {});

/**
 * The tabs of this browser: made by {@link tabs}.
 *
 * - A port gets `close` when its other side was closed or is gone.
 *
 *   FIXME: messages that are not dispatched 100 ms after that are lost, and a port that was given
 *   on ends with the tab that had it before.
 * - FIXME: when the worker dies and cannot be started again every port ends; a connect that is
 *   being introduced at that moment may wait for ever.
 * - A tab in the back/forward cache keeps its ports; it is found again when it is shown.
 * - On insecure origins there are no Web Locks: a tab that crashes keeps its name until the worker
 *   ends.
 */
export class Tabs extends EventTarget {
  /**
   * Resolves when the worker has answered. Rejects with a NotSupportedError DOMException if the
   * browser has no SharedWorker, or cannot run the worker's script; then every port is closed.
   */
  declare readonly ready: Promise<void>;
  declare onconnect: ((this: Tabs, event: MessageEvent<string>) => unknown) | null;

  readonly #make: () => SharedWorker;
  #worker: MessagePort | undefined;
  #name = "";
  #listened = false;
  #asks = 0;
  #closed = false;
  readonly #pending = new Map<number, Pending>();
  readonly #pairs = new Map<string, WeakRef<MessagePort>>();
  readonly #dropped = new FinalizationRegistry((pair: string) => this.#drop(pair));
  #ready!: () => void;
  #refuse!: (reason: unknown) => void;
  readonly #shown: () => void;
  /** Lets the lock go. */
  #release!: () => void;
  readonly #over = new Promise<void>((resolve) => (this.#release = resolve));
  /** The lock that this tab holds. */
  #alive = "";

  /** @internal */
  constructor({ name = "", worker }: TabsOptions) {
    super();
    this.ready = new Promise((resolve, reject) => ([this.#ready, this.#refuse] = [resolve, reject]));
    this.ready.catch(() => {}); // who does not wait for it need not catch it
    defineHandlers(this, "connect");
    this.#make = typeof worker === "function" ? worker : () => workerAt(worker);
    this.#shown = onPagehide((hidden, persisted) => {
      if (persisted) this.#say({ kind: "park", parked: hidden });
      else if (hidden) this.#say({ kind: "leave" });
    });
    this.#begin();
    this.name = name;
    const lock = `entangle tab ${random()}`;
    const alive = () => {
      this.#alive = lock;
      this.#say({ kind: "alive", lock });
      return this.#over;
    };
    void globalThis.navigator?.locks?.request(lock, alive);
  }

  /**
   * The name under which other tabs of the same origin find this one; "" is none. If several tabs
   * have the same name, the one that had it first is found. May be set at any time.
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
    this.#name = name;
    this.#say({ kind: "name", name });
  }

  /**
   * Connects to the tab that has the name, now or later. What is posted waits until a tab has it.
   * To give up, close the port or abort the signal.
   *
   * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
   * 256 bytes; and the signal's reason if that was aborted.
   */
  connectTo(name: string, { targetOrigin, signal }: TabsConnectToOptions = {}): MessagePort {
    name = String(name);
    checkName(name, false);
    if (targetOrigin !== undefined) throw new DOMException("Services are found at a hub; there is none.", "NotSupportedError");
    signal?.throwIfAborted();
    const { port1: port, port2: far } = new MessageChannel();
    ending(port);
    const ask = ++this.#asks;
    this.#adopt(port, () => {
      if (!this.#pending.delete(ask)) return;
      far.close();
      this.#say({ kind: "cancel", ask, name });
    });
    signal?.addEventListener("abort", () => this.#end(port, "closed", String(signal.reason)), { once: true });
    if (this.#closed) {
      queueMicrotask(() => this.#end(port, "shutdown", "close() was called"));
      return port;
    }
    this.#pending.set(ask, { name, port, far });
    this.#say({ kind: "ask", ask, name });
    return port;
  }

  /** Closes every port that this tab still has; no tab finds this one any more. */
  close(): void {
    this.#stop("shutdown", "close() was called");
    this.#say({ kind: "leave" });
    this.#worker?.close();
  }

  override addEventListener<K extends keyof TabsEventMap>(
    type: K,
    listener: ((this: Tabs, event: TabsEventMap[K]) => unknown) | null,
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

  /** Joins the worker: at first, and again when it has died. */
  #begin(): void {
    let worker;
    try {
      worker = this.#make();
    } catch (error) {
      return queueMicrotask(() => this.#fail(String(error)));
    }
    worker.onerror = () => this.#fail("the worker's script cannot be run");
    const { port } = worker;
    port.onmessage = ({ data, ports }: MessageEvent<Told>) => this.#hear(data, ports[0]);
    this.#worker = port;
    this.#say({ kind: "join", pairs: [...this.#pairs.keys()] });
    if (this.#name) this.#say({ kind: "name", name: this.#name });
    if (this.#alive) this.#say({ kind: "alive", lock: this.#alive });
    for (const [ask, { name }] of this.#pending) this.#say({ kind: "ask", ask, name });
  }

  #say(said: Said, port?: MessagePort): void {
    this.#worker?.postMessage(said, port ? [port] : []);
  }

  #hear(told: Told, port: MessagePort | undefined): void {
    switch (told.kind) {
      case "here":
        this.#ready();
        if (told.lock) void navigator.locks.request(told.lock, { mode: "shared" }, () => this.#closed || this.#begin());
        break;
      case "found": {
        const pending = this.#pending.get(told.ask);
        if (!pending) return; // it was given up
        this.#pending.delete(told.ask);
        const pair = random();
        this.#pair(pending.port, pair);
        this.#say({ kind: "bring", ask: told.ask, name: pending.name, pair }, pending.far);
        break;
      }
      case "refused":
        this.#end(this.#pending.get(told.ask)?.port, "limit", "too many connects that nobody has answered");
        break;
      case "connected":
        ending(port!);
        this.#pair(port!, told.pair);
        if (this.#closed || !this.#listened) return port!.close();
        this.dispatchEvent(new MessageEvent("connect", { data: "", origin: location.origin, source: port!, ports: [port!] }));
        break;
      case "parted": {
        const left = this.#pairs.get(told.pair)?.deref();
        this.#pairs.delete(told.pair);
        if (left && !nativeClose) setTimeout(() => this.#end(left, told.gone ? "lost" : "closed", ""), afterLast);
      }
    }
  }

  #pair(port: MessagePort, pair: string): void {
    this.#pairs.set(pair, new WeakRef(port));
    this.#dropped.register(port, pair);
    this.#adopt(port, () => this.#drop(pair));
  }

  /** Makes the port's close() call `closed`, too. */
  #adopt(port: MessagePort, closed: () => void): void {
    const { close } = port;
    port.close = () => {
      close.call(port);
      closed();
    };
  }

  #drop(pair: string): void {
    if (this.#pairs.delete(pair)) this.#say({ kind: "close", pair });
  }

  /** Closes a port and fires `close` at it. */
  #end(port: MessagePort | undefined, reason: PortCloseReason, text: string): void {
    if (!port) return;
    port.close();
    port.dispatchEvent(new PortCloseEvent({ reason, text }));
  }

  #fail(text: string): void {
    this.#refuse(new DOMException(`Tabs cannot meet here: ${text}.`, "NotSupportedError"));
    this.#stop("refused", text);
  }

  #stop(reason: PortCloseReason, text: string): void {
    this.#closed = true;
    this.#shown();
    this.#release();
    const ports = [...this.#pending.values()].map(({ port }) => port);
    for (const port of [...ports, ...[...this.#pairs.values()].map((ref) => ref.deref())]) this.#end(port, reason, text);
  }
}

/**
 * Joins the tabs of this browser. Returns at once: ports and names may be used before
 * {@link Tabs.ready}.
 */
export function tabs(options: TabsOptions = {}): Tabs {
  checkName(options.name ?? "", true);
  return new Tabs(options);
}

/** Gives a port the attribute `onclose` where the platform has none. */
function ending(port: MessagePort): void {
  if (!nativeClose) defineHandlers(port, "close");
}

function workerAt(url: string | URL | undefined): SharedWorker {
  if (typeof SharedWorker !== "function") throw new TypeError("this browser has no SharedWorker");
  if (url) return new SharedWorker(new URL(url, document.baseURI), { type: "module", name: workerName });
  return new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: workerName });
}
