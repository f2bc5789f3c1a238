import type { Carrier, Ending } from "./carrier.ts";
import { decode } from "./clone/decode.ts";
import { encodeUndeliverable } from "./clone/encode.ts";
import { PortCloseEvent } from "./events.ts";
import { Far, type Holder, toldIn } from "./far.ts";
import type { Held } from "./protocol/endpoint.ts";
import { type Pending, Sequence } from "./sequence.ts";

/** What the wires of a client share. */
export interface Realm {
  readonly carrier: Carrier;
  /** The owners of the session's ports, by the session's number. */
  readonly owners: Map<number, Owner>;
  /** How many wires relay. */
  relays: number;
  /** Jobs that wait for blobs to be read. */
  readonly pending: Pending;
  /** Reports an error that the page's author should know, and no script can catch. */
  report(message: string): void;
  /** The byte form of what came out of a native clone. */
  body(value: unknown, ports?: readonly MessagePort[]): Uint8Array | Promise<Uint8Array>;
}

/** The owner of a port of the session: a wire, or another realm. */
export interface Owner {
  /** A message came from the hub, with its ports. */
  message(body: Uint8Array, ports: readonly Held[]): void;
  /** The other side has taken so many bytes and messages more. */
  progress(bytes: number, count: number): void;
  /** The other side waits until messages are dispatched. */
  blocked(): void;
  /** The port has ended, after all messages of the other side. The number is free. */
  closedThere(why: Ending): void;
  /** Closes the port from outside, after the posted messages, and tells the owner. */
  abort(why: Ending): void;
}

/**
 * What has come from the hub for a far end: a message, one that cannot be read (messageerror), or
 * close.
 */
interface Item {
  type: "message" | "messageerror" | "close";
  body: Uint8Array;
  wires: Wire[];
  /** Until it is posted to the far end. */
  data?: unknown;
  ports?: MessagePort[] | undefined;
}

/** Dispatched messages are told when they are so many, or so many bytes. */
const tellMessages = 64;
const tellBytes = 16 << 10;

/** The maximal number of native ports that a client relays at a time. */
const maxRelays = 1024;

/** The time in which a far end in this realm has to answer a probe, in milliseconds. */
const patience = 1000;
const nothing = new Uint8Array();

const given = (): DOMException =>
  new DOMException("The port was closed, or given on, before its other side took everything.", "InvalidStateError");

/** The ending of a port that had ended when it came. */
const endingOf = (lost: boolean): Ending => ({ reason: lost ? "lost" : "closed", text: "" });

/** The wires of the far ends that this realm has held. */
const wireOf = new WeakMap<object, Wire>();

/**
 * Wire joins a port of the session, which it knows by a number, and a native MessageChannel: it
 * keeps the near end, and the page has the far end. It is the port's queue: of what has come from
 * the hub it keeps what the page has not seen, so that a port that is posted over another one takes
 * that along.
 *
 * What the page posts by the port's own methods is cloned, encoded and in the session's hands when
 * the call returns; what is posted by other hands, or by the prototype's methods, comes natively.
 *
 * FIXME: a port that the page drops is not closed (SPEC 51): nothing tells it from one that was
 * given on natively.
 *
 * DEVIATION: what is posted by the prototype's methods has no order with what is posted by the
 * port's own.
 *
 * Where the far end is:
 *  - hidden: in a message that the page has not seen;
 *  - held: the page has it, in this realm, and {@link Far} tells what the page does with it;
 *  - leaving: the page posted it over another port of the hub, which waits for a blob to be read;
 * - relayed: in other hands (a frame, a worker, a channel of the page's own). This wire then
 *    relays.
 */
export class Wire implements Holder, Owner {
  readonly #realm: Realm;
  /** 0 once the other side has closed or is lost. */
  #number: number;
  /** How it has ended, if it has. */
  #why: Ending;
  readonly #near: MessagePort;
  #where: "hidden" | "held" | "leaving" | "relayed" = "hidden";
  #far: Far | undefined;
  /** By the page. */
  #closed = false;
  #started = false;
  #ended = false;
  /**
   * What has come from the hub and was not seen yet at the far end, in order; #posted of them are
   * on the channel.
   */
  readonly #queue: Item[] = [];
  #posted = 0;
  #doubt = 64;
  /** Dispatched messages that the session was not told of, and their bytes. */
  #untold = 0;
  #untoldBytes = 0;
  /** What the page has posted and the other side has not taken: bytes, and messages. */
  buffered = 0;
  #behind = 0;
  /** Who waits until so many messages more are taken. */
  #senders: { left: number; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  #probing: ReturnType<typeof setTimeout> | undefined;
  /** What goes to the hub: blobs are read asynchronously, and what comes later waits. */
  readonly #outgoing: Sequence;

  constructor(realm: Realm, held: Held, near: MessagePort, relays = false, why = endingOf(held.lost)) {
    this.#realm = realm;
    this.#outgoing = new Sequence(realm.pending);
    this.#number = held.port;
    this.#why = why;
    this.#near = near;
    if (held.port) realm.owners.set(held.port, this);
    if (relays) this.#relay();
    near.onmessage = (event) => this.#receive(event);
    near.onmessageerror = () => this.#outgoing.run(() => this.#post(encodeUndeliverable("unreadable"), []));
    near.addEventListener("close", () => this.lose());
    for (const { body, ports } of held.queue) this.message(body, ports);
    if (!held.port) this.closedThere(why);
  }

  // From the hub to the page.

  message(body: Uint8Array, held: readonly Held[]): void {
    const channels = held.map(() => new MessageChannel());
    const wires = held.map((port, i) => new Wire(this.#realm, port, channels[i]!.port1));
    const ports = channels.map((channel) => channel.port2);
    let item: Item;
    try {
      item = { type: "message", body, wires, data: decode(body, ports), ports };
    } catch {
      item = { type: "messageerror", body, wires };
    }
    this.#arrive(item);
  }

  closedThere(why: Ending): void {
    this.#forget();
    this.#why = why;
    this.#arrive({ type: "close", body: nothing, wires: [] });
    // Node: a port that nobody looks at keeps no process alive.
    (this.#near as { unref?(): void }).unref?.();
  }

  abort(why: Ending): void {
    if (!this.#number) return;
    this.#why = why;
    this.#outgoing.run(() => this.#release(), 0);
    this.#arrive({ type: "close", body: nothing, wires: [] });
  }

  #arrive(item: Item): void {
    if (this.#ended) return;
    this.#queue.push(item);
    this.#pump();
  }

  /**
   * Posts the queued items to the far end. A messageerror or close waits until the page has seen
   * the items before it.
   */
  #pump(): void {
    if (this.#where === "leaving") return;
    for (let item; (item = this.#queue[this.#posted]); ) {
      const relayed = this.#where === "relayed";
      if (item.type === "message") {
        try {
          this.#near.postMessage(item.data, item.ports!);
        } catch {
          item.type = "messageerror"; // what this browser cannot clone, for want of memory
          continue;
        } finally {
          item.data = item.ports = undefined;
        }
        this.#posted++;
        if (relayed) this.#take().wires.forEach((wire) => wire.#relay());
      } else if (relayed) {
        this.#posted++;
        this.#skip(this.#take());
      } else {
        if (this.#isDue() || this.#queue.length > this.#posted + 1) this.#probe();
        return;
      }
    }
    // OPTIMIZATION: what is relayed need not be kept; so it is asked now and then whose the far end
    // is.
    if (this.#posted > this.#doubt) {
      this.#doubt *= 2;
      this.#probe();
    }
  }

  /** The first posted item is dispatched at the far end, or has left it for other hands. */
  #take(): Item {
    this.#posted--;
    const item = this.#queue.shift()!;
    if (item.type === "close") return item;
    this.#untoldBytes += item.body.length;
    if (++this.#untold >= tellMessages || this.#untoldBytes >= tellBytes) {
      if (this.#number) this.#realm.carrier.order({ kind: "dispatched", port: this.#number, count: this.#untold });
      this.#untold = this.#untoldBytes = 0;
    }
    return item;
  }

  /** Perhaps nothing is dispatched because the far end is in other hands. */
  blocked(): void {
    if (this.#posted > 0) this.#probe();
  }

  progress(bytes: number, count: number): void {
    const before = this.buffered;
    this.buffered -= bytes;
    this.#behind -= count;
    for (const sender of this.#senders) if ((sender.left -= count) <= 0) sender.resolve();
    this.#senders = this.#senders.filter(({ left }) => left > 0);
    if (this.#where === "held") this.#far!.lower(before, this.buffered);
  }

  seen(event: MessageEvent): boolean {
    if (this.#where === "relayed") return true;
    // Firefox dispatches messages that were on their way at a port that was closed or transferred.
    if (this.#closed || this.#ended || this.#where !== "held") return false;
    this.#started = true;
    if (this.#posted > 0) {
      this.#take().wires.forEach((wire, i) => wire.hold(event.ports[i]!));
      this.#pump();
    }
    return true;
  }

  started(): void {
    this.#started = true;
    this.#pump();
  }

  /** The page has the far end. */
  hold(port: MessagePort): void {
    this.#where = "held";
    this.#far = new Far(port, this);
    wireOf.set(port, this);
    this.#pump();
  }

  /**
   * isDue says whether the queue begins with what the platform cannot fire for us.
   *
   * DEVIATION: with nothing before it, close is fired at a port that is not started, as the
   * standard does; after messages it waits for them.
   */
  #isDue(): boolean {
    const type = this.#queue[0]?.type;
    return type === "close" || (type === "messageerror" && this.#started);
  }

  /**
   * Finds out whether this realm still holds the far end. If so, the probe comes back. Only time
   * shows that it does not: it is late, and a message that was posted later has come.
   */
  #probe(): void {
    if (this.#where !== "held" || this.#probing !== undefined) return;
    this.#far!.tell("probe");
    this.#probing = setTimeout(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        if (this.#probing === undefined) return;
        this.#probing = undefined;
        if (!this.#ended) this.#relay();
      };
      port2.postMessage(0);
    }, patience);
  }

  /** The probe came back: the far end is the page's own, so that an event can be fired at it. */
  #probed(): void {
    this.#forgetProbe();
    if (this.#ended || this.#where !== "held" || !this.#isDue()) return;
    this.#posted++;
    const { type, wires } = this.#take();
    if (type === "close") this.#end();
    for (const wire of wires) wire.lose();
    this.#far!.fire(type === "close" ? new PortCloseEvent(this.#why) : new MessageEvent("messageerror"));
    this.#pump();
  }

  #forgetProbe(): void {
    clearTimeout(this.#probing);
    this.#probing = undefined;
  }

  /** The far end is in other hands. */
  #relay(): void {
    if (this.#ended) return;
    this.#where = "relayed";
    this.#realm.relays++;
    while (this.#posted > 0) this.#take().wires.forEach((wire) => wire.#relay());
    this.#pump();
  }

  /** What comes from the hub and cannot be fired in other hands. */
  #skip({ type, wires }: Item): void {
    if (type === "close") return this.#end();
    for (const wire of wires) wire.lose();
    this.#realm.report("an unreadable message was dropped: its port is in other hands");
  }

  // From the page to the hub.

  // https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-postmessage
  //
  // DEVIATION: on the old object of a port that was given on natively, a message goes to the hub
  // until the wire has a sign of that, where the platform drops it.
  post(port: MessagePort, args: unknown[]): boolean {
    const [message, options] = args as [unknown, (StructuredSerializeOptions & Partial<Iterable<Transferable>>) | null | undefined];
    // The platform handles messages that it refuses, and messages that go nowhere.
    if (this.#closed || this.#where !== "held" || args.length === 0 || (options != null && typeof options !== "object")) return true;
    const transfer = [...(options?.[Symbol.iterator] ? (options as Iterable<Transferable>) : (options?.transfer ?? []))];
    // 1. Neither this port nor a closed one may be in the list.
    for (const item of transfer) {
      const wire = wireOf.get(item);
      if (item === port || (wire && wire.#closed)) {
        throw new DOMException("Neither the port itself nor a closed one can be transferred.", "DataCloneError");
      }
    }
    // 2. Clone, which throws, and detaches, as the platform does. Simple values need no clone.
    let value = message;
    let ports: MessagePort[] = [];
    if (transfer.length > 0 || (value !== null && !/^(string|number|boolean)$/.test(typeof value))) {
      ports = transfer.filter((item) => item instanceof MessagePort);
      const ours = ports.map((item) => wireOf.get(item));
      [value, ports] = structuredClone([value, ports], { transfer });
      // 3. Ports of the hub are this message's now, with their queues.
      const leaving = ours.map((wire, i) => (wire && wire.#realm === this.#realm ? wire.#leave(ports[i]!) : undefined));
      this.#outgoing.run(() => this.#send(value, ports, leaving));
    } else {
      this.#outgoing.run(() => this.#send(value, ports, []));
    }
    return false;
  }

  // https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-close
  //
  // The rest comes over the channel: the old object of a port that was given on natively closes
  // nothing.
  closed(): void {
    this.#closed = true;
  }

  /** What comes natively. */
  #receive({ data, ports }: MessageEvent): void {
    const told = toldIn(data);
    if (told === "probe") return this.#probed();
    if (told === "close") return this.lose();
    this.#probe(); // Nobody in this realm posts so: the far end may be in other hands.
    this.#outgoing.run(() => this.#send(data, ports, []));
  }

  /** The page posted the far end over another port. */
  #leave(far: MessagePort): Wire {
    this.#where = "leaving";
    this.#forgetProbe();
    far.close();
    this.#near.close();
    return this;
  }

  /**
   * Posts a message of the page to the hub: those ports that are leaving are handed over, others
   * get a wire that relays.
   */
  #send(value: unknown, ports: readonly MessagePort[], leaving: readonly (Wire | undefined)[]): void | Promise<void> {
    const body = this.#realm.body(value, ports);
    const drains = leaving.map((wire) => wire && wire.#outgoing.last).filter(Boolean);
    if (drains.length === 0 && !(body instanceof Promise)) return this.#post(body, ports, leaving);
    return Promise.all([body, ...drains]).then(([bytes]) => this.#post(bytes, ports, leaving));
  }

  #post(body: Uint8Array, ports: readonly MessagePort[], leaving: readonly (Wire | undefined)[] = []): void {
    const { carrier, relays, report } = this.#realm;
    if (relays + ports.length - leaving.filter(Boolean).length > maxRelays) {
      report("a message is undeliverable: too many relays");
      ports.forEach((port, i) => leaving[i]?.lose() ?? port.close());
      [ports, body] = [[], encodeUndeliverable("too many relays")];
    }
    const held = ports.map((port, i) => {
      const wire = leaving[i];
      return wire ? wire.#ship() : this.#relayed(port);
    });
    this.buffered += body.length;
    this.#behind++;
    carrier.post(this.#number, body, held);
  }

  sent(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#outgoing.run(() => {
        if (!this.#number) reject(given());
        else if (this.#behind > 0) this.#senders.push({ left: this.#behind, resolve, reject });
        else resolve();
      }, 0);
    });
  }

  /** The number is free, or another owner's. */
  #forget(): void {
    this.#realm.owners.delete(this.#number);
    this.#number = 0;
    for (const { reject } of this.#senders.splice(0)) reject(given());
  }

  /** A port of the session whose other end relays for a native port that the page posted. */
  #relayed(native: MessagePort): Held {
    const [port, twin] = this.#realm.carrier.open({ kind: "channel" });
    new Wire(this.#realm, { port, lost: false, queue: [] }, native, true);
    return { port: twin, lost: false, queue: [] };
  }

  /** Gives up the port, with its queue. */
  #ship(): Held {
    const queue = this.#queue.splice(0).filter((item) => item.type !== "close");
    const held = {
      port: this.#number,
      lost: this.#why.reason !== "closed",
      queue: queue.map(({ body, wires }) => ({ body, ports: wires.map((wire) => wire.#ship()) })),
    };
    this.#forget();
    this.#end();
    return held;
  }

  /**
   * Closes the port, after the posted messages: the page closed it, or the message that it
   * was in is lost.
   */
  lose(): void {
    this.#end();
    this.#outgoing.run(() => this.#release(), 0);
  }

  /** Gives the number back. */
  #release(): void {
    if (!this.#number) return;
    this.#realm.carrier.order({ kind: "close", port: this.#number });
    this.#forget();
  }

  /** The native side is done; messages in its queue are lost. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#where === "relayed") this.#realm.relays--;
    this.#forgetProbe();
    this.#near.close();
    this.#posted = 0;
    for (const { wires } of this.#queue.splice(0)) for (const wire of wires) wire.lose();
  }
}
