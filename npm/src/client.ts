import { encode, encodeUndeliverable } from "./clone/encode.ts";
import { type Effect, Endpoint, type Event as Happening, type Held } from "./protocol/endpoint.ts";
import { decodeFrames, encodeFrame, maxBody, maxFrame } from "./protocol/frame.ts";
import { Wire } from "./wire.ts";

/** What the client tells the hub object around it. */
export interface Listener {
  welcome(origin: string, user: string): void;
  connection(port: MessagePort, origin: string, user: string): void;
  broadcast(name: string, body: Uint8Array): void;
  report(message: string): void;
  closed(code: number, reason: string, wasClean: boolean): void;
}

/** An acknowledgement that is owed waits so long for a frame to ride on, in milliseconds. */
const ackDelay = 10;

/**
 * How long the other sides have to confirm that they took everything when the page closes the hub,
 * in milliseconds.
 */
const lingerTime = 1000;

/** So many bytes may be posted on one port, and on all, that the other sides have not taken. */
const maxBehind = 16 << 20;
const maxBehindAll = 64 << 20;

/**
 * Client is the shell around the protocol's endpoint: it has the WebSocket and the wires, gives the
 * endpoint its events and carries out its effects.
 */
export class Client {
  /** The wires by their own ids, and those with a handle by that. */
  readonly wires = new Map<number, Wire>();
  readonly ports = new Map<number, Wire>();
  readonly #endpoint = new Endpoint();
  readonly #socket: WebSocket;
  readonly #listener: Listener;
  #ended = false;
  #batch: Uint8Array[] = [];
  #flushing = false;
  #owing: ReturnType<typeof setTimeout> | undefined;
  #behind = 0;
  readonly #effects: Effect[] = [];
  #carrying = false;
  #closing = false;
  readonly #tasks: (() => void)[] = [];
  readonly #loop = new MessageChannel();

  constructor(url: string | URL, listener: Listener) {
    this.#listener = listener;
    const address = new URL(url, globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#flush();
    socket.onmessage = ({ data }) => this.#read(data);
    socket.onclose = ({ code, reason, wasClean }) => this.#end(code, reason, wasClean);
    this.#loop.port1.onmessage = () => this.#tasks.shift()!();
    this.step({ kind: "start", origin: "", service: false });
  }

  /** Runs job as a task of its own, after those that were queued before. */
  task(job: () => void): void {
    this.#tasks.push(job);
    this.#loop.port2.postMessage(0);
  }

  /** Tells of what a page's author should know, and no script can catch. */
  report(message: string): void {
    this.#listener.report(message);
  }

  /**
   * Closes every port, after what the page has posted (its ports deliver in the order of posting),
   * and then the socket, once the other sides have confirmed, or not in time.
   */
  close(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return this.#socket.close();
    this.task(() => {
      for (const wire of this.wires.values()) wire.abort();
      this.#closing = true;
      this.#maybeClose();
      setTimeout(() => this.#socket.close(1000), lingerTime);
    });
  }

  #maybeClose(): void {
    if (!this.#closing || this.#endpoint.lingering) return;
    this.#flush();
    this.#socket.close(1000);
  }

  /**
   * The byte form of what came out of a native clone. What has none, or is too large, becomes
   * undeliverable: the receiver gets messageerror in its place.
   */
  body(value: unknown, ports: readonly MessagePort[] = []): Uint8Array | Promise<Uint8Array> {
    const undeliverable = (reason: string) => {
      this.report(`a message is undeliverable: ${reason}`);
      return encodeUndeliverable(reason);
    };
    const failed = (error: unknown) => undeliverable(error instanceof Error ? error.message : String(error));
    const checked = (body: Uint8Array) =>
      (body.length > maxBody ? undeliverable(`its ${body.length} bytes are more than ${maxBody}`) : body);
    const numbers = new Map(ports.map((port, i) => [port, i]));
    try {
      const body = encode(value, { port: (port) => numbers.get(port) });
      return body instanceof Promise ? body.then(checked).catch(failed) : checked(body);
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Posts a message on a port, with ports that are in nobody's hands now. One that is refused is
   * undeliverable: the receiver gets messageerror in its place. Returns how many bytes went.
   */
  post(port: number, body: Uint8Array, ports: Held[]): number {
    if (!port || this.#ended) {
      ports.forEach((held) => this.#discard(held));
      return 0;
    }
    for (const effect of this.step({ kind: "post", port, body, ports })) {
      if (effect.kind === "refused") return this.post(port, encodeUndeliverable(effect.text), []);
    }
    return body.length;
  }

  #discard({ port, queue }: Held): void {
    if (port) this.closePort(port);
    for (const { ports } of queue) ports.forEach((held) => this.#discard(held));
  }

  closePort(port: number): void {
    if (!this.#ended) this.step({ kind: "close", port });
  }

  /** A port of the hub whose other end relays for a native port that the page posted. */
  relay(native: MessagePort): Held {
    const [port, twin] = this.#channel({ kind: "channel" });
    new Wire(this, { port, lost: false, queue: [] }, native, "relayed");
    return { port: twin, lost: false, queue: [] };
  }

  /** A port that asks for a listener of that name. */
  connectTo(name: string, origin: string): [Wire, MessagePort] {
    const [port] = this.#channel({ kind: "connect", name, origin });
    return this.#open({ port, lost: true, queue: [] });
  }

  /** The numbers of a new channel; 0 once the session has ended. */
  #channel(event: Happening): [port: number, twin: number] {
    if (this.#ended) return [0, 0];
    for (const effect of this.step(event)) if (effect.kind === "channel") return [effect.port, effect.twin];
    return [0, 0];
  }

  #open(held: Held): [Wire, MessagePort] {
    const { port1, port2 } = new MessageChannel();
    const wire = new Wire(this, held, port1, "hidden");
    wire.hold(port2);
    return [wire, port2];
  }

  /**
   * How many more bytes were posted and are not taken by the other sides. Says whether
   * that is too much.
   */
  behind(bytes: number, ofPort: number): boolean {
    this.#behind += bytes;
    return ofPort > maxBehind || this.#behind > maxBehindAll;
  }

  /** Gives the endpoint an event, and carries out the effects in their order. */
  step(event: Happening): Effect[] {
    const effects = this.#endpoint.step(event);
    this.#effects.push(...effects);
    if (this.#carrying) return effects; // What follows from an effect is carried out after those that were there.
    this.#carrying = true;
    try {
      for (let effect; (effect = this.#effects.shift()); ) this.#carryOut(effect);
    } finally {
      this.#carrying = false;
    }
    this.#maybeClose();
    return effects;
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "send":
        this.#batch.push(encodeFrame(effect.frame));
        this.#flushSoon();
        break;
      case "deliver":
        if (this.ports.has(effect.port)) this.ports.get(effect.port)!.message(effect.body, effect.ports);
        else effect.ports.forEach((held) => this.#discard(held));
        break;
      case "acked":
        this.ports.get(effect.port)?.acked(effect.behind);
        break;
      case "closed":
        this.ports.get(effect.port)?.closed(effect.lost);
        break;
      case "connection":
        this.#listener.connection(this.#open(effect.ports[0]!)[1], effect.origin, effect.user);
        break;
      case "broadcast":
        this.#listener.broadcast(effect.name, effect.body);
        break;
      case "welcome":
        this.#listener.welcome(effect.frame.origin!, effect.frame.user!);
        break;
      case "listening":
        if (effect.code) this.report(effect.code === 1 ? "the hub does not allow the name" : "too many names are registered");
        break;
      case "owing":
        this.#owing ??= setTimeout(() => this.#acknowledge(), ackDelay);
        break;
      case "refused":
        this.report(`a message was not sent: ${effect.text}`);
        break;
      case "failed":
        this.#end(effect.code, effect.text, false);
        setTimeout(() => this.#socket.close(), lingerTime); // the hub closes it, if it is the hub that failed us
        break;
    }
  }

  #acknowledge(): void {
    this.#owing = undefined;
    if (!this.#ended) this.step({ kind: "flush" });
  }

  /**
   * OPTIMIZATION: what comes first is sent at once; what comes in the tasks that are queued by then
   * goes together.
   */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
    this.task(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** Sends the frames that wait, in batches as large as the hub takes. */
  #flush(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const frames = this.#batch.splice(0);
    for (let i = 0; i < frames.length; ) {
      let length = frames[i]!.length;
      let end = i + 1;
      while (end < frames.length && length + frames[end]!.length <= maxFrame) length += frames[end++]!.length;
      const batch = new Uint8Array(length);
      for (let at = 0; i < end; i++) {
        batch.set(frames[i]!, at);
        at += frames[i]!.length;
      }
      this.#socket.send(batch);
    }
  }

  #read(data: unknown): void {
    if (this.#ended) return;
    try {
      for (const frame of decodeFrames(new Uint8Array(data as ArrayBuffer))) this.step({ kind: "frame", frame });
    } catch (error) {
      this.#carryOut({ kind: "failed", code: 3501, text: String(error) });
    }
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.#ended) return;
    this.step({ kind: "end" });
    this.#ended = true;
    clearTimeout(this.#owing);
    this.#listener.closed(code, reason, wasClean);
  }
}
