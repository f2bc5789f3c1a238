import { Backlog } from "./backlog.ts";
import type { Carrier, Ending, News, Order } from "./carrier.ts";
import { encodeUndeliverable } from "./clone/encode.ts";
import { type Effect, Endpoint, type Event as Happening, type Held } from "./protocol/endpoint.ts";
import {
  codeExpired,
  codeShutdown,
  decodeFrames,
  encodeFrame,
  type Frame,
  Kind,
  maxFrame,
  maxPending,
  maxPorts,
  secretLength,
} from "./protocol/frame.ts";
import { Tasks } from "./tasks.ts";
import type { Transport } from "./transport.ts";
import { onFreeze, onPagehide, onWake } from "./unload.ts";

/**
 * After this many turns of the event loop without a message from other realms nothing more comes.
 */
const quietTurns = 10;

/**
 * The longest time before the first attempt to come back, and before any, in milliseconds. The time
 * itself is drawn.
 */
const firstAgain = 100;
const lastAgain = 20_000;

/** After a connection that lasted this long the next attempt counts as the first again. */
const steadyAfter = 3_000;

/**
 * The silence after which the client asks the hub for a sign of life, and the time that the hub
 * has to answer.
 */
const askEvery = 25_000;
const answerIn = 10_000;

/** The longest delay that a timer knows. */
const maxDelay = 2 ** 31 - 1;

/** A timer that fires this much late means that the page slept, not that the hub is dead. */
const sleptFor = 5000;

/**
 * The ending for a page that was left and that the user returns to by the history, as if the hub
 * had sent it. The other sides have heard that the page is gone.
 */
const pageLeft: Frame = { kind: Kind.error, code: codeExpired, text: "the page was left" };

/** An effect, and why if it is the end of a port. */
type Told = Exclude<Effect, { kind: "closed" }> | (News & { kind: "closed" });

/** A channel that the endpoint does not let its hub make. */
const tooMany: Ending = { reason: "limit", text: `more than ${maxPorts} ports, or ${maxPending} connects that wait` };

/**
 * Session is the shell around the protocol's endpoint: it gives the endpoint its events, sends
 * the endpoint's frames in batches, and tells the client about its ports. It knows no wires and
 * no native ports.
 */
export class Session implements Carrier {
  readonly #endpoint = new Endpoint();
  readonly #transport: Transport;
  readonly #tasks = new Tasks();
  readonly #effects: Told[] = [];
  /** How many of those were carried out. */
  #carried = 0;
  readonly #backlog = new Backlog();
  #tell!: (news: News) => void;
  #resolve!: (undelivered: number) => void;
  readonly #done = new Promise<number>((resolve) => (this.#resolve = resolve));
  #carrying = false;
  #answered = false;
  /** Why it has ended, if it has. */
  #why: Ending | undefined;
  /** How the last connection ended. */
  #away = "";
  /** Connects that nobody has answered, by the caller's end. */
  readonly #asking = new Set<number>();
  #origin = "";
  #connectTimeout = 0;
  /** When the hub has answered over this connection, or 0. */
  #welcomed = 0;
  /** Attempts to come back since there was a connection that lasted. */
  #attempts = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** When the client last heard the hub, and asked it; and the timer for that. */
  #heard = 0;
  #asked = 0;
  #pulse: ReturnType<typeof setTimeout> | undefined;
  #open = false;
  #introduced = false;
  #batch: Uint8Array[] = [];
  /** How many broadcasts wait for the hub's answer. */
  #broadcasts = 0;
  /** How many messages there have been. */
  #posts = 0;
  #flushing = false;
  /** After pagehide, what is posted may be the last thing that the page does. */
  #unloading = false;
  #shown!: () => void;
  #awake!: () => void;
  #frozen!: () => void;
  #closing = false;
  /** Everything is confirmed: the connection is being closed. */
  #leaving = false;
  /** Stands for the present connection: events of former ones are ignored. */
  #current: object | undefined;
  /** For the endpoint's deadline, and when that is. */
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #alarmAt = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Begins. connectTimeout is in milliseconds. */
  start(tell: (news: News) => void, origin: string, connectTimeout: number): void {
    this.#tell = tell;
    this.#origin = origin;
    this.#connectTimeout = connectTimeout;
    this.#shown = onPagehide((hidden, persisted) => {
      this.#unloading = hidden;
      // What is posted after it still counts.
      if (hidden ? !persisted : persisted && this.#welcomed) this.#step({ kind: "bye" });
      this.#flush();
      if (!hidden && persisted && this.#answered) this.#step({ kind: "frame", frame: pageLeft });
    });
    this.#awake = onWake(() => {
      if (this.#open) this.#ask();
      else if (this.#again) this.#dial();
    });
    this.#frozen = onFreeze(() => {
      // Chromium says 1001 for a page that is frozen, which to a hub is the end of a page.
      if (!this.#welcomed) return;
      if (this.#unloading) this.#step({ kind: "bye" }); // it is kept for the history: others are told
      this.#flush();
      this.#lost(1000, "the page was frozen");
    });
    this.#dial();
  }

  /** Says HELLO over a new connection. */
  #dial(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    const secret = crypto.getRandomValues(new Uint8Array(secretLength));
    this.#step({ kind: "start", secret, origin: this.#origin, service: false });
    const late = () => {
      const text = `The hub did not answer: ${this.#connectTimeout} ms.`;
      this.#lost(1006, "", false, new DOMException(text, "TimeoutError"));
    };
    if (!this.#closing && this.#connectTimeout <= maxDelay) this.#timer = setTimeout(late, this.#connectTimeout);
    const current = (this.#current = {});
    const mine =
      <A extends unknown[]>(job: (...args: A) => void) =>
      (...args: A) => {
        if (current === this.#current) job(...args);
      };
    this.#transport.open({
      opened: mine(() => {
        this.#open = true;
        this.#flush();
      }),
      received: mine((batch) => this.#read(batch)),
      ended: mine(({ code, reason, wasClean, error }) => this.#lost(code, reason, wasClean, error)),
    });
  }

  // What the client wants.

  open(event: Happening & { kind: "channel" | "connect" }): [port: number, twin: number, why?: Ending] {
    if (this.#why) return [0, 0, this.#why];
    const [channel, closed] = this.#step(event) as [Effect & { kind: "channel" }, Effect?];
    if (closed?.kind === "closed") return [0, 0, tooMany];
    if (event.kind === "connect") this.#asking.add(channel.port);
    return [channel.port, channel.twin];
  }

  /** A message that is refused is undeliverable: the receiver gets messageerror in its place. */
  post(port: number, body: Uint8Array, ports: Held[]): void {
    this.#posts++;
    if (this.#why) return;
    if (port && this.#backlog.full(port)) return this.#overflow(port, ports);
    for (const held of ports) this.#forget(held.port);
    for (const effect of this.#step({ kind: "post", port, body, ports })) {
      if (effect.kind === "refused") return this.post(port, encodeUndeliverable(effect.text), []);
    }
    if (port) this.#backlog.add(port, body.length);
  }

  /** Closes a port on which too much waits, and those in the message that came too many. */
  #overflow(port: number, ports: Held[]): void {
    this.#report("a port was closed: too much waits for its other side");
    this.order({ kind: "close", port });
    this.#tell({ kind: "closed", port, why: { reason: "limit", text: "too much waits for its other side" } });
    this.#discard(ports);
  }

  #discard(list: readonly Held[]): void {
    for (const { port, queue } of list) {
      this.order({ kind: "close", port });
      for (const { ports } of queue) this.#discard(ports);
    }
  }

  order(order: Order): void {
    if (order.kind === "close") this.#forget(order.port);
    if (order.kind === "broadcast") this.#broadcasts++;
    if (!this.#why) this.#step(order);
  }

  #forget(port: number): void {
    this.#backlog.settle(port, 0);
    this.#asking.delete(port);
  }

  // What the endpoint wants.

  /** Gives the endpoint an event, and carries out the effects in order. */
  #step(event: Happening): Effect[] {
    const effects = this.#endpoint.step(performance.now(), event);
    for (const effect of effects) {
      this.#effects.push(effect.kind === "closed" ? { kind: "closed", port: effect.port, why: this.#reason(event, effect) } : effect);
    }
    if (this.#carrying) return effects; // Effects that follow from an effect come after the present ones.
    this.#carrying = true;
    try {
      while (this.#carried < this.#effects.length) this.#carryOut(this.#effects[this.#carried++]!);
    } finally {
      this.#effects.splice(0, this.#carried);
      this.#carried = 0;
      this.#carrying = false;
    }
    this.#wait();
    this.#maybeEnd();
    return effects;
  }

  /** Why a port was closed in the course of an event. */
  #reason(event: Happening, { port, lost }: { port: number; lost: boolean }): Ending {
    if (!lost) return { reason: "closed", text: "" };
    if (this.#why) return this.#why;
    if (event.kind === "time") return { reason: "lost", text: `there was no hub for too long; ${this.#away}` };
    if (event.kind !== "frame") return tooMany;
    if (event.frame === pageLeft) return { reason: "lost", text: pageLeft.text! };
    if (event.frame.kind === Kind.error) return { reason: "refused", text: event.frame.text! };
    if (this.#asking.has(port)) return { reason: "refused", text: "too many wait for that name" };
    return { reason: "lost", text: "the other side's connection to the hub ended" };
  }

  /** Sees to the endpoint's deadline. An alarm that comes too early is set again. */
  #wait(): void {
    const { deadline } = this.#endpoint;
    if (deadline >= this.#alarmAt) return;
    clearTimeout(this.#alarm);
    this.#alarmAt = deadline;
    this.#alarm = setTimeout(
      () => {
        this.#alarmAt = Infinity;
        this.#step({ kind: "time", unsent: this.#transport.unsent });
      },
      Math.min(Math.ceil(deadline - performance.now()), maxDelay),
    );
  }

  #carryOut(effect: Told): void {
    switch (effect.kind) {
      case "send":
        this.#batch.push(encodeFrame(effect.frame));
        this.#flushSoon();
        break;
      case "closed":
        this.#forget(effect.port);
        this.#tell(effect);
        break;
      case "open":
        this.#asking.delete(effect.port);
        break;
      case "deliver":
      case "blocked":
      case "connection":
      case "broadcast":
        this.#tell(effect);
        break;
      case "acked":
        this.#tell({ kind: "taken", port: effect.port, ...this.#backlog.settle(effect.port, effect.behind) });
        break;
      case "welcome":
        this.#answered = true;
        this.#welcomed = performance.now();
        this.#flush();
        this.#broadcasts = 0;
        if (!this.#closing) clearTimeout(this.#timer);
        this.#watch(askEvery * (1 - Math.random() / 5));
        this.#tell({ kind: "welcome", origin: effect.frame.origin!, user: effect.frame.user! });
        break;
      case "listening":
        if (effect.code) this.#report(effect.code === 1 ? "the hub does not allow the name" : "too many names");
        break;
      case "subscribed":
        if (effect.code) this.#tell({ kind: "crowded", name: effect.name });
        break;
      case "refused":
        this.#report(`a message was not sent: ${effect.text}`);
        break;
      case "failed":
        this.#lost(effect.code, effect.text);
        break;
    }
  }

  #report(text: string): void {
    this.#tell({ kind: "report", text });
  }

  // The transport.

  /**
   * OPTIMIZATION: what comes first is sent at once; what comes in the tasks that are queued by then
   * goes together.
   */
  #flushSoon(): void {
    if (this.#unloading) return this.#flush(); // there may be no other task
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
    this.#tasks.run(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /**
   * Sends the frames that wait, in batches as large as the hub takes. The first one is HELLO
   * alone.
   */
  #flush(): void {
    if (!this.#open) return;
    const frames = this.#batch.splice(0);
    if (this.#welcomed) this.#broadcasts = 0;
    for (let i = 0; i < frames.length; ) {
      let length = frames[i]!.length;
      let end = i + 1;
      while (this.#introduced && end < frames.length && length + frames[end]!.length <= maxFrame) length += frames[end++]!.length;
      this.#introduced = true;
      const batch = new Uint8Array(length);
      for (let at = 0; i < end; i++) {
        batch.set(frames[i]!, at);
        at += frames[i]!.length;
      }
      this.#transport.send(batch);
    }
  }

  #read(batch: Uint8Array): void {
    this.#heard = performance.now();
    const current = this.#current;
    let frames;
    try {
      frames = decodeFrames(batch);
    } catch (error) {
      return this.#lost(3501, String(error), false, error);
    }
    try {
      for (const frame of frames) if (current === this.#current) this.#step({ kind: "frame", frame });
    } catch (error) {
      this.#end(1011, String(error), false, error);
      throw error; // a mistake of this client, not of the hub: the realm's error handler hears of it
    }
  }

  /** Looks after the hub's signs of life in a while. */
  #watch(delay: number): void {
    clearTimeout(this.#pulse);
    const at = performance.now() + delay;
    this.#pulse = setTimeout(() => {
      const now = performance.now();
      const rest = this.#heard + askEvery - now;
      if (this.#heard < this.#asked && now - at < sleptFor) this.#lost(1006, "The hub does not answer.");
      else if (this.#heard >= this.#asked && rest > 0) this.#watch(rest);
      else this.#ask();
    }, delay);
  }

  /** Asks the hub for a sign of life. */
  #ask(): void {
    if (!this.#welcomed) return; // nothing may come before what resumes the session
    this.#asked = performance.now();
    this.#batch.push(encodeFrame({ kind: Kind.ping }));
    this.#flush();
    this.#watch(answerIn);
  }

  /**
   * The connection is lost, or did not come about. Unless that is final the session
   * makes another one.
   */
  #lost(code: number, reason: string, wasClean = false, error?: unknown): void {
    if (this.#why) return;
    if (!this.#answered || this.#leaving || (code >= 3500 && code < 4000)) return this.#end(code, reason, wasClean, error);
    if (this.#welcomed && performance.now() - this.#welcomed > steadyAfter) this.#attempts = 0;
    this.#current = undefined;
    this.#open = this.#introduced = false;
    this.#welcomed = 0;
    this.#away = error ? String(error) : reason || `its connection ended (${code})`;
    this.#batch = [];
    this.#transport.close();
    for (const timer of [this.#pulse, this.#again]) clearTimeout(timer);
    if (!this.#closing) clearTimeout(this.#timer);
    this.#step({ kind: "lost" });
    this.#tell({ kind: "away" });
    this.#again = setTimeout(() => this.#dial(), Math.random() * Math.min(firstAgain * 2 ** this.#attempts++, lastAgain));
  }

  // The end.

  /**
   * Messages of other realms come natively, one a turn, and the only sign of their end is that
   * turns bring nothing. A turn takes the way of their messages: Firefox sends messages on a port
   * that was ever transferred through another process.
   */
  async settle(time: number): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    const far = structuredClone(port2, { transfer: [port2] });
    for (let quiet = 0, posts = 0; quiet < quietTurns && !this.#why && Date.now() < time; quiet++) {
      if (posts !== this.#posts) quiet = 0;
      posts = this.#posts;
      await new Promise((resolve) => {
        port1.onmessage = resolve;
        far.postMessage(0);
      });
    }
    port1.close();
  }

  close(time: number): Promise<number> {
    if (!this.#why) {
      this.#closing = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#end(1006, "timeout"), time - Date.now());
      this.#maybeEnd();
    }
    return this.#done;
  }

  #maybeEnd(): void {
    if (!this.#closing || this.#leaving || this.#endpoint.lingering || (this.#broadcasts && !this.#welcomed)) return;
    this.#leaving = true;
    if (!this.#open && this.#answered) return this.#end(1000, "", true);
    this.#step({ kind: "bye" });
    this.#flush();
    this.#transport.close();
  }

  #end(code: number, reason: string, wasClean = false, error?: unknown): void {
    if (this.#why) return;
    const said = !error && code >= 3000; // by the hub
    if (!this.#answered) {
      if (this.#closing) error = new DOMException("The hub was closed.", "AbortError");
      error ??= new DOMException(`The hub did not answer: ${reason} (${code}).`, "NetworkError");
    }
    const undelivered = this.#endpoint.undelivered + this.#broadcasts;
    if (this.#closing) this.#why = { reason: "shutdown", text: "hub.close() was called" };
    else if (said) this.#why = { reason: code === codeShutdown ? "shutdown" : "refused", text: reason };
    else this.#why = { reason: "lost", text: String(error ?? reason) };
    this.#open = this.#closing = false;
    this.#current = undefined;
    this.#transport.close();
    this.#step({ kind: "end" });
    this.#tell({ kind: "ended", end: { code, reason, wasClean, error }, why: this.#why });
    this.#tasks.stop();
    for (const timer of [this.#timer, this.#alarm, this.#again, this.#pulse]) clearTimeout(timer);
    this.#shown();
    this.#awake();
    this.#frozen();
    this.#resolve(undelivered);
  }
}
