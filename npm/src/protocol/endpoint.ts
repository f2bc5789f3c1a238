/**
 * The client's side of a session with a hub: docs/protocol.md, section 5. The same machine as Go's
 * protocol.Endpoint.
 */

import type { Effect, Event, Held } from "./event.ts";
import { type Frame, Kind, maxBody, maxPending, maxPorts, type Message, type PortState, version } from "./frame.ts";
import { countLive, countOf, refuse } from "./measure.ts";

export type { Effect, Event, Held } from "./event.ts";

/** An acknowledgement is not put off beyond so many messages or bytes. */
const ackMessages = 64;
const ackBytes = 64 << 10;

/** How long an acknowledgement may wait for a message to ride on, in milliseconds. */
const ackDelay = 20;

/** A port of an endpoint. */
interface Port {
  /**
   * local: its channel has not been shipped. claimed: the peer's owner is not known yet, what is
   * sent may reach nobody. linger: closed by the application, serves retransmission.
   */
  state: "local" | "claimed" | "open" | "linger";
  /** The peer's owner is known, or was before linger. */
  attached: boolean;
  /** The number of the next message posted. */
  sendNext: number;
  /** The number of the next message taken in. */
  recvNext: number;
  /** Posted and not acknowledged: the last ones before sendNext. */
  retained: Message[];
  /** Taken in and not acknowledged. */
  owed: number;
  owedBytes: number;
  /** It came with a CONNECTION that is not confirmed: nobody has seen it. */
  connection?: Frame | undefined;
}

const newPort = (state: Port["state"], sendNext = 0, recvNext = 0, retained: Message[] = []): Port => ({
  state,
  attached: false,
  sendNext,
  recvNext,
  retained,
  owed: 0,
  owedBytes: 0,
});

/** The other end of a channel that an endpoint made. */
const twinOf = (port: number): number => (port % 4 ? port - 2 : port + 2);

/**
 * Endpoint numbers what is posted, keeps it until it is acknowledged, takes ports in and hands them
 * on. The runtime around it holds each port's queue of messages that were taken in and not
 * dispatched: see {@link Held}.
 */
export class Endpoint {
  readonly #secret: Uint8Array;
  readonly #ports = new Map<number, Port>();
  /** CONNECTs that are not settled, with the other end, by the caller's end. */
  readonly #connects = new Map<number, Frame>();
  #channels = 0;
  /** Ports that the session knows: those of channels that were shipped, and those in transit. */
  #count = 0;
  /** The ports with acknowledgements owed, in order. */
  readonly #owed = new Set<number>();
  /** When those are due. */
  #due = 0;
  #now = 0;
  #ended = false;
  /**
   * Messages of ports that were closed by the application, and given back before all was
   * acknowledged.
   */
  #dropped = 0;
  #effects: Effect[] = [];

  /** Whoever knows the secret is this endpoint, so it is random and told to nobody. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /**
   * Whether the application closed a port and the other side has not confirmed that it
   * took everything.
   */
  get lingering(): boolean {
    for (const { state } of this.#ports.values()) if (state === "linger") return true;
    return false;
  }

  /**
   * How many messages were posted and are not acknowledged, those with it that ports in them have
   * taken along: on ports that are still open, and on those that the application closed before.
   */
  get undelivered(): number {
    let sum = this.#dropped;
    for (const { retained } of this.#ports.values()) sum += countOf(retained);
    return sum;
  }

  /** When the event `time` is wanted, unless something happens before. */
  get deadline(): number {
    return this.#owed.size === 0 || this.#ended ? Infinity : this.#due;
  }

  /** Takes an event at a time in milliseconds, which never goes back. */
  step(now: number, event: Event): Effect[] {
    this.#now = now;
    this.#effects = [];
    switch (event.kind) {
      case "start":
        this.#send({ kind: Kind.hello, version, secret: this.#secret, origin: event.origin, service: event.service });
        break;
      case "frame":
        if (!this.#ended) this.#receive(event.frame);
        break;
      case "channel":
        this.#channel();
        break;
      case "post":
        this.#post(event.port, event.body, event.ports);
        break;
      case "close":
        this.#close(event.port);
        break;
      case "connect":
        this.#connect(event.name, event.origin);
        break;
      case "listen":
        this.#send({ kind: Kind.listen, listener: event.listener, name: event.name });
        break;
      case "unlisten":
        this.#send({ kind: Kind.unlisten, listener: event.listener });
        break;
      case "subscribe":
        this.#send({ kind: Kind.subscribe, name: event.name });
        break;
      case "unsubscribe":
        this.#send({ kind: Kind.unsubscribe, name: event.name });
        break;
      case "broadcast":
        if (event.body.length > maxBody) this.#effects.push({ kind: "refused", port: 0, text: "message too large" });
        else this.#send({ kind: Kind.broadcast, name: event.name, body: event.body });
        break;
      case "time":
        if (now >= this.deadline) this.#flush();
        break;
      case "end":
        this.#end();
        break;
    }
    return this.#effects;
  }

  #send(frame: Frame): void {
    if (!this.#ended) this.#effects.push({ kind: "send", frame });
  }

  #channel(): [port: number, twin: number] {
    const port = 4 * ++this.#channels;
    const twin = twinOf(port);
    this.#ports.set(port, newPort("local")).set(twin, newPort("local"));
    this.#effects.push({ kind: "channel", port, twin });
    return [port, twin];
  }

  /** Makes a channel and keeps its other end, with what is asked, until SETTLED. */
  #connect(name: string, origin: string): void {
    const [port, twin] = this.#channel();
    if (this.#ended || this.#connects.size >= maxPending || this.#count + 2 > maxPorts) return this.#part(twin, true);
    const ports = this.#pack([{ port: twin, lost: false, queue: [] }]);
    const frame = { kind: Kind.connect, port, name, origin, ports };
    this.#connects.set(port, frame);
    this.#ports.delete(twin);
    this.#ports.get(port)!.state = "claimed";
    this.#count += 2;
    this.#send(frame);
  }

  /**
   * Numbers a message, keeps it and sends it. If the peer is on its way it is sent again when
   * that attaches.
   */
  #post(handle: number, body: Uint8Array, held: Held[]): void {
    const port = this.#ports.get(handle);
    if (!port || port.state === "local" || port.state === "linger") {
      return this.#discard(held); // a closed port: what was in the message is lost
    }
    this.#afford(held, this.#count);
    const message = { body, ports: this.#pack(held) };
    const text = refuse(handle, message, held);
    if (text) {
      this.#effects.push({ kind: "refused", port: handle, text });
      return this.#discard(held);
    }
    this.#leave(held);
    port.retained.push(message);
    port.sendNext++;
    this.#sendData(handle, port, port.sendNext - 1, message);
  }

  /**
   * Closes the channels of held ports that were never shipped if the hub would not allow one more.
   * Such a port travels without a peer.
   */
  #afford(held: Held[], count: number): number {
    for (const h of held) {
      if (this.#ports.get(h.port)?.state === "local") {
        if (count + 2 > maxPorts) {
          this.#part(h.port, true);
          h.port = 0;
          h.lost = true;
        } else {
          count += 2;
        }
      }
      for (const { ports } of h.queue) count = this.#afford(ports, count);
    }
    return count;
  }

  /** Ends a channel that has not been shipped, of which handle is one end. */
  #part(handle: number, lost: boolean): void {
    this.#ports.delete(handle);
    if (this.#ports.delete(twinOf(handle))) this.#effects.push({ kind: "closed", port: twinOf(handle), lost });
  }

  #sendData(handle: number, port: Port, seq: number, message: Message): void {
    port.owed = port.owedBytes = 0;
    this.#send({ kind: Kind.data, port: handle, seq, next: port.recvNext, ...message });
  }

  /** Makes port states of held ports: numbers and retained messages added. It changes nothing. */
  #pack(held: Held[]): PortState[] {
    return held.map((h) => {
      const port = this.#ports.get(h.port);
      const queue = h.queue.map(({ body, ports }) => ({ body, ports: this.#pack(ports) }));
      if (!port || port.state === "linger") return { port: 0, lost: h.lost, sendNext: 0, recvNext: 0, retained: [], queue };
      return { port: h.port, lost: false, sendNext: port.sendNext, recvNext: port.recvNext, retained: port.retained, queue };
    });
  }

  /**
   * Takes held ports, and those in their queues, out of this endpoint's hands. They are in transit.
   */
  #leave(held: Held[]): void {
    for (const h of held) {
      const port = this.#ports.get(h.port);
      const twin = this.#ports.get(twinOf(h.port));
      if (port?.state === "local") {
        if (twin) twin.state = "claimed";
        this.#count += 2;
      }
      this.#ports.delete(h.port);
      for (const { ports } of h.queue) this.#leave(ports);
    }
  }

  /** Closes held ports whose message goes nowhere, and those in their queues. */
  #discard(held: Held[]): void {
    for (const h of held) {
      this.#close(h.port);
      for (const { ports } of h.queue) this.#discard(ports);
    }
  }

  /** By the application. */
  #close(handle: number): void {
    const port = this.#ports.get(handle);
    if (!port || port.state === "linger") return;
    if (port.state !== "local") {
      port.state = "linger";
      return this.#sendClose(handle, port);
    }
    this.#part(handle, false);
  }

  #sendClose(handle: number, port: Port): void {
    this.#send({ kind: Kind.close, port: handle, seq: port.sendNext, next: port.recvNext });
  }

  #flush(): void {
    for (const handle of this.#owed) {
      const port = this.#ports.get(handle);
      if (port && port.owed > 0 && port.state !== "linger") this.#acknowledge(handle, port);
    }
    this.#owed.clear();
  }

  #acknowledge(handle: number, port: Port): void {
    port.owed = port.owedBytes = 0;
    this.#send({ kind: Kind.ack, port: handle, next: port.recvNext });
  }

  /** The loss of the socket, which is final. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connects.clear();
    for (const handle of [...this.#ports.keys()].sort((a, b) => a - b)) {
      const port = this.#ports.get(handle)!;
      if (port.state !== "local") this.#forget(handle, port, true); // else nobody was told of it
    }
  }

  // Frames from the hub.

  #receive(frame: Frame): void {
    switch (frame.kind) {
      case Kind.data:
      case Kind.ack:
      case Kind.attach:
      case Kind.attached:
      case Kind.refused:
      case Kind.close:
      case Kind.closed:
      case Kind.gone: {
        // Frames for a handle that is not known (any more) are ignored, with everything in them:
        // whoever owns the port now is served by its session.
        const port = this.#ports.get(frame.port!);
        if (port && port.state !== "local") this.#receiveFor(frame.port!, port, frame);
        break;
      }
      case Kind.settled:
        if (this.#connects.delete(frame.port!)) this.#count--;
        break;
      case Kind.welcome:
        this.#effects.push({ kind: "welcome", frame });
        break;
      case Kind.error:
        this.#effects.push({ kind: "failed", code: frame.code!, text: frame.text! });
        break;
      case Kind.listening:
        this.#effects.push({ kind: "listening", listener: frame.listener!, code: frame.code! });
        break;
      case Kind.connection:
        this.#connection(frame);
        break;
      case Kind.subscribed:
        this.#effects.push({ kind: "subscribed", name: frame.name!, code: frame.code! });
        break;
      case Kind.broadcast:
        this.#effects.push({ kind: "broadcast", name: frame.name!, body: frame.body! });
        break;
      default:
        this.#fail("a frame that a hub does not send");
    }
  }

  #fail(text: string): void {
    this.#effects.push({ kind: "failed", code: 3501, text });
  }

  #receiveFor(handle: number, port: Port, frame: Frame): void {
    const attaches = frame.kind === Kind.attach || frame.kind === Kind.attached;
    if (!attaches) this.#acknowledged(handle, port, frame.next ?? 0); // these two check for a gap first
    if (attaches) {
      this.#attach(handle, port, frame);
    } else if (frame.kind === Kind.data) {
      this.#take(handle, port, frame);
    } else if (frame.kind === Kind.close) {
      if (port.state === "linger" || port.recvNext >= frame.seq!) this.#free(handle, port, false);
      else this.#acknowledge(handle, port); // a hub passes CLOSE only after everything before it
    } else if (frame.kind === Kind.closed) {
      if (port.state === "linger") this.#forget(handle, port, false);
    } else if (frame.kind === Kind.gone || frame.kind === Kind.refused) {
      this.#free(handle, port, true);
    }
  }

  /** Answers CLOSED, which gives the handle back. */
  #free(handle: number, port: Port, lost: boolean): void {
    this.#send({ kind: Kind.closed, port: handle, next: port.recvNext });
    this.#forget(handle, port, lost);
  }

  #forget(handle: number, port: Port, lost: boolean): void {
    this.#ports.delete(handle);
    this.#count--;
    this.#drop(port.retained);
    if (port.state === "linger") this.#dropped += countOf(port.retained);
    else if (!port.connection) this.#effects.push({ kind: "closed", port: handle, lost });
  }

  /**
   * Messages that are not to be sent again: the ports in them are not this endpoint's
   * to answer for.
   */
  #drop(messages: Message[]): void {
    for (const { ports } of messages) this.#count -= countLive(ports);
  }

  /** Drops what the other side has taken. A number above what was sent says nothing. */
  #acknowledged(handle: number, port: Port, next: number): void {
    const taken = next - oldest(port);
    if (taken <= 0 || next > port.sendNext) return;
    this.#drop(port.retained.splice(0, taken));
    if (port.state !== "linger") this.#effects.push({ kind: "acked", port: handle, behind: port.retained.length });
  }

  /** Takes a message into the port's queue. */
  #take(handle: number, port: Port, frame: Frame): void {
    if (port.state === "linger" || frame.seq !== port.recvNext) return;
    const ports = this.#land(frame.ports!);
    if (!ports) return;
    port.recvNext++;
    port.owed++;
    port.owedBytes += frame.body!.length;
    if (ports.length > 0 || port.owed >= ackMessages || port.owedBytes >= ackBytes) {
      this.#acknowledge(handle, port); // before anything that may be said about the ports in it
    } else if (!this.#owed.has(handle)) {
      this.#owed.add(handle);
      if (this.#owed.size === 1) this.#due = this.#now + ackDelay;
    }
    this.#effects.push({ kind: "deliver", port: handle, body: frame.body!, ports });
  }

  /** ATTACH, a new owner of the peer, or ATTACHED, the confirmation by the present one. */
  #attach(handle: number, port: Port, frame: Frame): void {
    const first = !port.attached;
    const isAttach = frame.kind === Kind.attach;
    if ((isAttach || first) && frame.next! < oldest(port)) {
      // A gap: what the owner expects was acknowledged by somebody before it. Only a
      // cheat gets here.
      this.#send({ kind: Kind.gone, port: handle, next: port.recvNext });
      return this.#forget(handle, port, true);
    }
    port.attached = true;
    if (port.connection && !isAttach) {
      // The listener has it, and no other one: now it is shown.
      const { listener, origin, user } = port.connection;
      port.connection = undefined;
      const ports = [{ port: handle, lost: false, queue: [] }];
      this.#effects.push({ kind: "connection", listener: listener!, ports, origin: origin!, user: user! });
    }
    if (port.state === "claimed" && !port.connection) {
      port.state = "open";
      this.#effects.push({ kind: "open", port: handle });
    }
    this.#acknowledged(handle, port, frame.next!);
    if (isAttach) {
      port.owed = port.owedBytes = 0;
      this.#send({ kind: Kind.attached, port: handle, next: port.recvNext });
    } else if (!first) {
      return;
    }
    port.retained.forEach((message, i) => this.#sendData(handle, port, oldest(port) + i, message));
    if (port.state === "linger") this.#sendClose(handle, port);
  }

  /** Takes the ports of a message into this endpoint's hands; undefined if that cannot be. */
  #land(states: PortState[]): Held[] | undefined {
    if (this.#mayLand(states)) return this.#landed(states);
    this.#fail("a port that is here already");
    return undefined;
  }

  #mayLand(states: PortState[]): boolean {
    return states.every(({ port, queue }) => !(port && (port % 2 === 0 || this.#ports.has(port))) &&
      queue.every(({ ports }) => this.#mayLand(ports)));
  }

  #landed(states: PortState[]): Held[] {
    return states.map(({ port, lost, sendNext, recvNext, retained, queue }) => {
      if (port) {
        this.#ports.set(port, newPort("claimed", sendNext, recvNext, retained));
        this.#count++;
        for (const message of retained) this.#count += countLive(message.ports);
      }
      return { port, lost: !!lost, queue: queue.map(({ body, ports }) => ({ body, ports: this.#landed(ports) })) };
    });
  }

  /**
   * Takes in a caller's port, and says so. It is shown to nobody before it is confirmed: another
   * listener may have been offered it too.
   */
  #connection(frame: Frame): void {
    const [state] = frame.ports!;
    const { port, queue, retained } = state!;
    if (!port || queue.length > 0 || retained.length > 0) return this.#fail("a connection with more than a new port");
    if (!this.#land(frame.ports!)) return;
    this.#ports.get(port)!.connection = frame;
    this.#send({ kind: Kind.taken, port });
  }
}

/** The number of the oldest message retained. */
const oldest = (port: Port): number => port.sendNext - port.retained.length;
