import { decode } from "./clone/decode.ts";
import { encodeUndeliverable } from "./clone/encode.ts";
import type { Client } from "./client.ts";
import { Far, isTold, type Ours } from "./far.ts";
import type { Held } from "./protocol/endpoint.ts";
import { Sequence } from "./sequence.ts";

/**
 * What has come from the hub for a far end: a message, one that cannot be read
 * (messageerror), or close.
 */
interface Item {
  type: "message" | "messageerror" | "close";
  body: Uint8Array;
  wires: Wire[];
  /** Until it is posted to the far end. */
  data?: unknown;
  ports?: MessagePort[] | undefined;
}

/** How long a far end that is this realm's may take to answer a probe, in milliseconds. */
const patience = 1000;
const nothing = new Uint8Array();
let ids = 0;

/**
 * Wire joins a port of the hub, which the client knows by its handle, and a native MessageChannel:
 * it keeps the near end, and the page has the far end. It is the port's queue: of what has come
 * from the hub it keeps what the page has not seen, so that a port that is posted over another one
 * takes that along.
 *
 * FIXME: a port that the page drops is not closed (SPEC 51): nothing tells it from one that was
 * given on natively.
 *
 * Where the far end is:
 *  - hidden: in a message that the page has not seen;
 *  - held: the page has it, in this realm, and {@link Far} tells what the page does with it;
 *  - leaving: the page posted it over another port of the hub, and what was posted on it before is
 *    on its way here;
 *  - relayed: in other hands (a frame, a worker, a channel of the page's own). This
 *    wire then relays.
 */
export class Wire {
  readonly id = ++ids;
  readonly client: Client;
  /** The port's handle at the client; 0 once the other side has closed or is lost. */
  #handle: number;
  #lost: boolean;
  readonly #near: MessagePort;
  #where: "hidden" | "held" | "leaving" | "relayed";
  #far: Far | undefined;
  #started = false;
  #ended = false;
  /**
   * What has come from the hub and was not seen yet at the far end, in order; #posted of them are
   * on the channel.
   */
  readonly #queue: Item[] = [];
  #posted = 0;
  #doubt = 64;
  #probing: ReturnType<typeof setTimeout> | undefined;
  /** What comes from the page: blobs are read asynchronously, and what comes later waits. */
  readonly #outgoing = new Sequence();
  /** The sizes of the messages that the other side has not taken, in bytes, and their sum. */
  readonly #unacknowledged: number[] = [];
  #behind = 0;
  #taken = 0;
  /** Once the page has posted the port on: how much came from it before. */
  #expected = 0;
  #drained: (() => void) | undefined;
  /** The wires in messages that the page posted here and that have not come yet. */
  readonly #carried = new Set<Wire>();

  constructor(client: Client, held: Held, near: MessagePort, where: "hidden" | "relayed") {
    this.client = client;
    this.#handle = held.port;
    this.#lost = held.lost;
    this.#near = near;
    this.#where = where;
    client.wires.set(this.id, this);
    if (held.port) client.ports.set(held.port, this);
    near.onmessage = (event) => this.#receive(event);
    near.onmessageerror = () => this.#outgoing.run(() => this.#post(encodeUndeliverable("the message could not be read"), []));
    near.addEventListener("close", () => this.#outgoing.run(() => this.lose()));
    for (const { body, ports } of held.queue) this.message(body, ports);
    if (!held.port) this.closed(held.lost);
  }

  // From the hub to the page.

  /** A message came from the hub, with its ports. */
  message(body: Uint8Array, held: readonly Held[]): void {
    const channels = held.map(() => new MessageChannel());
    const wires = held.map((port, i) => new Wire(this.client, port, channels[i]!.port1, "hidden"));
    const ports = channels.map((channel) => channel.port2);
    let item: Item;
    try {
      item = { type: "message", body, wires, data: decode(body, ports), ports };
    } catch {
      item = { type: "messageerror", body, wires };
    }
    this.#arrive(item);
  }

  /**
   * The other side closed the port, after all that it posted; or it was lost. The handle is free.
   */
  closed(lost: boolean): void {
    this.client.ports.delete(this.#handle);
    this.#handle = 0;
    this.#lost = lost;
    this.acked(0);
    this.#arrive({ type: "close", body: nothing, wires: [] });
  }

  /** Closes the port from outside the page's hands: the page gets close. */
  abort(): void {
    if (!this.#handle) return;
    this.client.closePort(this.#handle);
    this.closed(false);
  }

  #arrive(item: Item): void {
    if (this.#ended) return;
    this.#queue.push(item);
    this.#pump();
  }

  /**
   * Posts what has come to the far end. A messageerror or close waits until the page has seen
   * what is before it.
   */
  #pump(): void {
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
    // OPTIMIZATION: what is relayed need not be kept; so it is asked now and then whose
    // the far end is.
    if (this.#posted > this.#doubt) {
      this.#doubt *= 2;
      this.#probe();
    }
  }

  /** The first posted item is dispatched at the far end, or has left it for other hands. */
  #take(): Item {
    this.#posted--;
    return this.#queue.shift()!;
  }

  /** The native event of the first message of the queue is about to be seen by the page. */
  seen(event: MessageEvent): void {
    this.#started = true;
    if (this.#posted === 0) return;
    this.#take().wires.forEach((wire, i) => wire.hold(event.ports[i]!));
    this.#pump();
  }

  /** The page started the port. */
  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** The page has the far end. */
  hold(port: MessagePort): void {
    this.#where = "held";
    this.#far = new Far(port, this);
    this.#pump();
  }

  /**
   * isDue says whether the queue begins with what the platform cannot fire for us.
   * DEVIATION: with nothing before it, close is fired at a port that is not started, as the
   * standard does; after messages it waits for them.
   */
  #isDue(): boolean {
    const type = this.#queue[0]?.type;
    return type === "close" || (type === "messageerror" && this.#started);
  }

  /**
   * Finds out whether the far end is still in this realm's hands. If so, the probe comes back. That
   * it does not come back shows in nothing but time: after a while, and after another message that
   * was posted later.
   */
  #probe(): void {
    if (this.#where !== "held" || this.#probing !== undefined) return;
    this.#far!.probe();
    this.#probing = setTimeout(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        if (this.#probing !== undefined) this.#relay();
      };
      port2.postMessage(0);
    }, patience);
  }

  /** The probe came back: the far end is the page's own, so that an event can be fired at it. */
  #probed(): void {
    clearTimeout(this.#probing);
    this.#probing = undefined;
    if (this.#ended || this.#where !== "held" || !this.#isDue()) return;
    this.#posted++;
    const { type, wires } = this.#take();
    if (type === "close") this.#end();
    for (const wire of wires) wire.lose();
    this.#far!.fire(type === "close" ? new Event("close") : new MessageEvent("messageerror"));
    this.#pump();
  }

  /** The far end is in other hands. */
  #relay(): void {
    this.#probing = undefined;
    if (this.#ended || this.#where === "leaving") return;
    this.#where = "relayed";
    while (this.#posted > 0) this.#take().wires.forEach((wire) => wire.#relay());
    this.#pump();
  }

  /** What comes from the hub and cannot be fired in other hands. */
  #skip({ type, wires }: Item): void {
    if (type === "close") return this.#end();
    for (const wire of wires) wire.lose();
    this.client.report("a message that cannot be read was dropped: its port is in other hands");
  }

  // From the page to the hub.

  #receive({ data, ports }: MessageEvent): void {
    if (!isTold(data)) {
      this.#probe(); // Nobody in this realm posts without telling: the far end may be in other hands.
      return this.#outgoing.run(() => this.#send(data, ports));
    }
    if (data.length === 2) this.#probed();
    if (data.length === 3) this.#outgoing.run(() => this.#send(data[1], ports, data[2]));
    this.#outgoing.run(() => {
      this.#taken++;
      if (this.#taken === this.#expected) this.#drained?.();
      if (data.length === 1) this.lose();
    });
  }

  /**
   * The page, which has told of so much before, posted this wire's far end over that
   * of another one.
   */
  leave(carrier: Wire, told: number): void {
    this.#where = "leaving";
    this.#expected = told;
    if (carrier.#ended) this.lose();
    else carrier.#carried.add(this);
  }

  /**
   * Posts a message of the page to the hub: ports of the hub are handed over, others get a
   * wire that relays.
   */
  #send(data: unknown, ports: readonly MessagePort[], ours?: Ours): void | Promise<void> {
    const body = this.client.body(data, ports);
    const drains: Promise<void>[] = [];
    for (const id of ours?.values() ?? []) {
      const wire = this.client.wires.get(id);
      if (wire && wire.#taken < wire.#expected) drains.push(new Promise((resolve) => (wire.#drained = resolve)));
    }
    if (drains.length === 0 && !(body instanceof Promise)) return this.#post(body, ports, ours);
    return Promise.all([body, ...drains]).then(([bytes]) => this.#post(bytes, ports, ours));
  }

  #post(body: Uint8Array, ports: readonly MessagePort[], ours?: Ours): void {
    const held = ports.map((port) => {
      const id = ours?.get(port);
      return id ? this.#handOver(id, port) : this.client.relay(port);
    });
    const size = this.client.post(this.#handle, body, held);
    if (!this.#handle) return;
    this.#unacknowledged.push(size);
    this.#behind += size;
    if (!this.client.behind(size, this.#behind)) return;
    this.client.report("a port was closed: too much waits for its other side");
    this.abort();
  }

  /** All but so many messages were taken by the other side. */
  acked(behind: number): void {
    const taken = this.#unacknowledged.splice(0, this.#unacknowledged.length - behind).reduce((sum, size) => sum + size, 0);
    this.#behind -= taken;
    this.client.behind(-taken, 0);
  }

  /** Gives up the native ends of a wire that the page posted. */
  #handOver(id: number, port: MessagePort): Held {
    port.close();
    const wire = this.client.wires.get(id);
    if (!wire) return { port: 0, lost: false, queue: [] };
    this.#carried.delete(wire);
    return wire.#ship();
  }

  #ship(): Held {
    const queue = this.#queue.splice(0).filter((item) => item.type !== "close");
    const held = {
      port: this.#handle, lost: this.#lost,
      queue: queue.map(({ body, wires }) => ({ body, ports: wires.map((wire) => wire.#ship()) })),
    };
    this.#end();
    return held;
  }

  /** Closes the port: by the page, or because the message that it was in is lost. */
  lose(): void {
    if (this.#ended) return;
    if (this.#handle) this.client.closePort(this.#handle);
    this.#end();
  }

  /** The wire has done its work; what is in its queue is lost. */
  #end(): void {
    this.#ended = true;
    this.client.ports.delete(this.#handle);
    this.client.wires.delete(this.id);
    this.#handle = 0;
    this.acked(0);
    clearTimeout(this.#probing);
    this.#near.close();
    this.#posted = 0;
    for (const { wires } of this.#queue.splice(0)) for (const wire of wires) wire.lose();
    for (const wire of this.#carried) wire.lose();
    this.#carried.clear();
    this.#drained?.();
  }
}
