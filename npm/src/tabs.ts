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
import { onPagehide, onWake } from "./unload.ts";

/**
 * What a tab says to the worker: its wishes, which lock it holds as long as it lives, and that it
 * is there.
 *
 * @internal
 */
export type Said = Wish | { kind: "alive"; lock: string } | { kind: "pong" };
/**
 * What the worker says to a tab: words, which lock it holds as long as it lives ("" is none), and
 * whether the tab is there.
 *
 * @internal
 */
export type Told = Word | { kind: "here"; lock: string } | { kind: "ping" };

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
  /** The end for the other tab, and where that one asks for it: under this pair. */
  far: MessagePort;
  hand: MessagePort | undefined;
  pair: string;
}

/** Each major version of this package has a worker of its own. */
const workerName = "entangle 0";

/**
 * DEVIATION: Chromium 156 and Firefox 153 fire no `close` at ports. So the worker says that the
 * other tab has closed its end, or is gone, and the event is fired this many milliseconds later, so
 * that messages that were posted before have come. The port itself stays open: what a busy page has
 * not dispatched by then comes after the event.
 */
const afterLast = 100;

/**
 * When to start the worker again that has not answered: so much later at first, then after twice as
 * long, in milliseconds.
 */
const firstAgain = 1000;
const lastAgain = 30_000;

/** A worker that has no lock asks every second; after so many milliseconds without it is gone. */
const patience = 5000;

/** A realm does not find itself. */
let realm: string | undefined;

/**
 * The tabs of this browser: made by {@link tabs}.
 *
 * - A port gets `close` when its other side was closed or is gone; so does one that was given on,
 *   where it was before.
 * - The worker may end at any time: ports live on, and another worker is started. While its script
 *   cannot be loaded nobody is found, and the client tries again.
 * - A tab in the back/forward cache keeps its ports; it is found again when it is shown.
 * - On insecure origins, where there are no Web Locks, tabs are asked every second whether they are
 * there. A tab that is frozen for more than 3 s counts as gone there: its ports get `close` at the
 *   others, and are open.
 */
export class Tabs extends EventTarget {
  /**
   * Resolves when the worker has answered. Rejects with a NotSupportedError DOMException if the
   * browser has no SharedWorker, or cannot run the worker's script at first; then every port is
   * closed. Rejects with an AbortError DOMException after {@link Tabs.close}.
   */
  declare readonly ready: Promise<void>;
  declare onconnect: ((this: Tabs, event: MessageEvent<string>) => unknown) | null;

  readonly #make: () => SharedWorker;
  readonly #script: string;
  #worker: MessagePort | undefined;
  /** How many workers there have been; whether the present one has answered; whether any has. */
  #workers = 0;
  #here = false;
  #answered = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  #delay = firstAgain;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #name = "";
  #listened = false;
  #asks = 0;
  #closed = false;
  readonly #pending = new Map<number, Pending>();
  /** Where a port of another tab is to come, by its pair. */
  readonly #hands = new Map<string, MessagePort>();
  readonly #pairs = new Map<string, WeakRef<MessagePort>>();
  /** Pairs that this tab has closed, and no worker has noted yet. */
  readonly #closes = new Set<string>();
  readonly #dropped = new FinalizationRegistry((pair: string) => this.#drop(pair));
  #ready!: () => void;
  #refuse!: (reason: unknown) => void;
  readonly #shown: () => void;
  readonly #awake: () => void;
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
    this.#script = typeof worker === "function" ? "" : String(worker ?? "worker.js");
    this.#shown = onPagehide((hidden, persisted) => {
      if (persisted) this.#say({ kind: "park", parked: hidden });
      else if (hidden) this.#say({ kind: "leave" });
    });
    this.#awake = onWake(() => this.#answered && !this.#here && this.#begin());
    this.#begin();
    this.name = name;
    const lock = `entangle tab ${random()}`;
    const alive = () => {
      this.#alive = lock;
      this.#say({ kind: "alive", lock });
      return this.#over;
    };
    globalThis.navigator?.locks?.request(lock, alive).catch(() => {}); // then it is asked whether it is there
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
    const ask = ++this.#asks;
    const abort = () => this.#end(port, "closed", String(signal!.reason));
    this.#adopt(port, () => {
      signal?.removeEventListener("abort", abort);
      const pending = this.#pending.get(ask);
      if (!pending) return;
      this.#pending.delete(ask);
      for (const end of [far, pending.hand]) end?.close();
      this.#say({ kind: "cancel", ask, name });
      if (pending.pair) this.#say({ kind: "close", pair: pending.pair });
    });
    signal?.addEventListener("abort", abort);
    if (this.#closed) {
      queueMicrotask(() => this.#end(port, "shutdown", "close() was called"));
      return port;
    }
    this.#pending.set(ask, { name, port, far, hand: undefined, pair: "" });
    this.#say({ kind: "ask", ask, name });
    return port;
  }

  /** Closes every port that this tab still has; no tab finds this one any more. */
  close(): void {
    if (this.#closed) return;
    this.#refuse(new DOMException("close() was called.", "AbortError"));
    this.#stop("shutdown", "close() was called");
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

  /** Joins a worker: at first, and again when it has died, or does not answer. */
  #begin(): void {
    this.#leave();
    this.#here = false;
    const number = ++this.#workers;
    const retry = () => {
      if (this.#closed || this.#here || number !== this.#workers) return;
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#begin(), this.#delay);
      this.#delay = Math.min(2 * this.#delay, lastAgain);
    };
    let worker;
    try {
      worker = this.#make();
    } catch (error) {
      return this.#answered ? retry() : queueMicrotask(() => this.#fail(String(error)));
    }
    worker.onerror = () => {
      if (number !== this.#workers || this.#here) return; // Firefox tells here what fails there later, too
      if (this.#answered) retry();
      else this.#fail(`the worker's script ${this.#script} cannot be run`);
    };
    const { port } = worker;
    port.onmessage = ({ data, ports }: MessageEvent<Told>) => this.#hear(data, ports[0]);
    this.#worker = port;
    realm ??= random();
    this.#say({ kind: "join", realm, pairs: [...this.#pairs.keys()], over: [...this.#closes] });
    if (this.#name) this.#say({ kind: "name", name: this.#name });
    if (this.#alive) this.#say({ kind: "alive", lock: this.#alive });
    for (const [ask, pending] of this.#pending) this.#ask(ask, pending);
    retry();
  }

  /** Asks, anew: whoever was to get the port before does not get it any more. */
  #ask(ask: number, pending: Pending): void {
    pending.hand?.close();
    pending.hand = undefined;
    pending.pair = "";
    this.#say({ kind: "ask", ask, name: pending.name });
  }

  #say(said: Said, port?: MessagePort): void {
    this.#worker?.postMessage(said, port ? [port] : []);
  }

  /** Leaves the present worker, which may be gone. */
  #leave(): void {
    clearTimeout(this.#again);
    clearInterval(this.#watch);
    this.#say({ kind: "leave" });
    this.#worker?.close();
    this.#worker = undefined;
  }

  #hear(told: Told, port: MessagePort | undefined): void {
    this.#heard = Date.now();
    switch (told.kind) {
      case "here":
        this.#here = this.#answered = true;
        this.#delay = firstAgain;
        clearTimeout(this.#again);
        this.#ready();
        this.#awaitEnd(told.lock);
        break;
      case "ping":
        this.#say({ kind: "pong" });
        break;
      case "found":
        this.#bring(told.ask);
        break;
      case "refused":
        this.#end(this.#pending.get(told.ask)?.port, "limit", "too many connects that nobody has answered");
        break;
      case "connected":
        this.#fetch(told.pair, port!);
        break;
      case "noted":
        this.#closes.delete(told.pair);
        break;
      case "parted":
        this.#parted(told.pair, told.lost);
    }
  }

  /** Begins anew when the worker is gone: then its lock is free, or it asks no more. */
  #awaitEnd(lock: string): void {
    const number = this.#workers;
    const gone = () => {
      if (!this.#closed && number === this.#workers) this.#begin();
    };
    const watch = () => {
      let at = Date.now();
      this.#watch = setInterval(() => {
        const late = Date.now() - at > patience; // the page slept
        at = Date.now();
        if (!late && at - this.#heard > patience) gone();
      }, 1000);
    };
    if (lock) navigator.locks.request(lock, { mode: "shared" }, gone).catch(watch);
    else watch();
  }

  /** Another tab has the name: it gets an end of a channel, over which it asks for the port. */
  #bring(ask: number): void {
    const pending = this.#pending.get(ask);
    if (!pending) return; // it was given up
    const { port1: hand, port2 } = new MessageChannel();
    const number = this.#workers;
    const pair = random();
    pending.hand?.close();
    Object.assign(pending, { hand, pair });
    hand.onmessage = () => {
      this.#pending.delete(ask);
      this.#pair(pending.port, pair, number);
      hand.postMessage(null, [pending.far]);
    };
    this.#say({ kind: "bring", ask, name: pending.name, pair }, port2);
  }

  /** Asks another tab for the port that it connects with. */
  #fetch(pair: string, hand: MessagePort): void {
    const number = this.#workers;
    this.#hands.set(pair, hand);
    hand.onmessage = ({ ports: [port] }) => {
      if (!this.#hands.delete(pair)) return port!.close();
      this.#pair(port!, pair, number);
      if (!this.#listened) return port!.close();
      this.dispatchEvent(new MessageEvent("connect", { data: "", origin: location.origin, source: port!, ports: [port!] }));
    };
    hand.postMessage(null);
  }

  #parted(pair: string, lost: boolean, late = false): void {
    const hand = this.#hands.get(pair);
    if (hand && !late) return void setTimeout(() => this.#parted(pair, lost, true), afterLast); // the port may be on its way
    hand?.close();
    this.#hands.delete(pair);
    for (const [ask, pending] of this.#pending) if (pending.pair === pair) this.#ask(ask, pending);
    const left = this.#pairs.get(pair)?.deref();
    this.#pairs.delete(pair);
    if (left) setTimeout(() => left.dispatchEvent(new PortCloseEvent({ reason: lost ? "lost" : "closed", text: "" })), afterLast);
  }

  /** Two tabs are connected. A worker that came since they were introduced does not know. */
  #pair(port: MessagePort, pair: string, introducedBy: number): void {
    this.#pairs.set(pair, new WeakRef(port));
    this.#dropped.register(port, pair);
    this.#adopt(port, () => this.#drop(pair));
    if (introducedBy !== this.#workers) this.#say({ kind: "pair", pair });
  }

  /** Makes the port's close() call `closed`, too, and gives it `onclose`. */
  #adopt(port: MessagePort, closed: () => void): void {
    const { close } = port;
    if (!("onclose" in port)) defineHandlers(port, "close");
    port.close = () => {
      close.call(port);
      closed();
    };
  }

  #drop(pair: string): void {
    if (!this.#pairs.delete(pair)) return;
    this.#closes.add(pair);
    this.#say({ kind: "close", pair });
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
    if (this.#closed) return;
    this.#closed = true;
    this.#shown();
    this.#awake();
    this.#release();
    const ports = [...this.#pending.values()].map(({ port }) => port);
    for (const port of [...ports, ...[...this.#pairs.values()].map((ref) => ref.deref())]) this.#end(port, reason, text);
    for (const hand of this.#hands.values()) hand.close();
    this.#hands.clear();
    this.#leave();
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

function workerAt(url: string | URL | undefined): SharedWorker {
  if (typeof SharedWorker !== "function") throw new TypeError("this browser has no SharedWorker");
  if (url) return new SharedWorker(new URL(url, document.baseURI), { type: "module", name: workerName });
  return new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: workerName });
}
