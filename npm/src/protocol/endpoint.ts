/**
 * The client's side of a session with a hub: docs/protocol.md, section 5. The same machine as Go's
 * protocol.Endpoint.
 */

import {
  type Frame, Kind, maxBody, maxDepth, maxFrame, maxPortsPerFrame, maxPortsPerMessage, maxQueuedPerFrame, type Message, type PortState,
  version,
} from "./frame.ts";

/** A port as it passes between an endpoint and the runtime around it, in both directions. */
export interface Held {
  /** 0: it has no peer any more, only its queue is left. */
  port: number;
  /** With port 0: the peer was lost, it did not close. */
  lost: boolean;
  /** Taken in and not dispatched, oldest first. */
  queue: { body: Uint8Array; ports: Held[] }[];
}

/** What happens to an endpoint. */
export type Event =
  | { kind: "start"; origin: string; service: boolean }
  | { kind: "frame"; frame: Frame }
  | { kind: "channel" | "flush" | "end" }
  | { kind: "post"; port: number; body: Uint8Array; ports: Held[] }
  | { kind: "close"; port: number }
  | { kind: "connect"; name: string; origin: string }
  | { kind: "listen"; listener: number; name: string }
  | { kind: "unlisten"; listener: number }
  | { kind: "subscribe" | "unsubscribe"; name: string }
  | { kind: "broadcast"; name: string; body: Uint8Array };

/** What an endpoint wants done. Effects are carried out in their order. */
export type Effect =
  | { kind: "send" | "welcome"; frame: Frame }
  | { kind: "channel"; port: number; twin: number }
  | { kind: "deliver"; port: number; body: Uint8Array; ports: Held[] }
  | { kind: "open"; port: number }
  | { kind: "acked"; port: number; behind: number }
  | { kind: "closed"; port: number; lost: boolean }
  | { kind: "connection"; listener: number; ports: Held[]; origin: string; user: string }
  | { kind: "listening"; listener: number; code: number }
  | { kind: "subscribed"; name: string }
  | { kind: "broadcast"; name: string; body: Uint8Array }
  | { kind: "owing" }
  | { kind: "refused"; port: number; text: string }
  | { kind: "failed"; code: number; text: string };

/** An acknowledgement is not put off beyond so many messages or bytes. */
const ackMessages = 64;
const ackBytes = 64 << 10;

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
  readonly #ports = new Map<number, Port>();
  #channels = 0;
  /** The ports with acknowledgements owed, in order. */
  readonly #owed = new Set<number>();
  #ended = false;
  /**
   * Messages of ports that were closed by the application, and given back before all was
   * acknowledged.
   */
  #dropped = 0;
  #effects: Effect[] = [];

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

  step(event: Event): Effect[] {
    this.#effects = [];
    switch (event.kind) {
      case "start":
        this.#send({ kind: Kind.hello, version, origin: event.origin, service: event.service });
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
      case "flush":
        this.#flush();
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

  #connect(name: string, origin: string): void {
    const [port, twin] = this.#channel();
    const held = [{ port: twin, lost: false, queue: [] }];
    if (this.#ended) return this.#discard(held);
    const ports = this.#pack(held);
    this.#leave(held);
    this.#send({ kind: Kind.connect, port, name, origin, ports });
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
      if (port?.state === "local" && twin) twin.state = "claimed";
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
    this.#ports.delete(handle);
    if (this.#ports.delete(twinOf(handle))) this.#effects.push({ kind: "closed", port: twinOf(handle), lost: false });
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
    for (const handle of [...this.#ports.keys()].sort((a, b) => a - b)) {
      const { state } = this.#ports.get(handle)!;
      if (state === "local") continue; // nothing of it has been told to anybody
      this.#ports.delete(handle);
      if (state !== "linger") this.#effects.push({ kind: "closed", port: handle, lost: true });
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
      case Kind.welcome:
        this.#effects.push({ kind: "welcome", frame });
        break;
      case Kind.error:
        this.#effects.push({ kind: "failed", code: frame.code!, text: frame.text! });
        break;
      case Kind.listening:
        this.#effects.push({ kind: "listening", listener: frame.listener!, code: frame.code! });
        break;
      case Kind.connection: {
        const ports = this.#land(frame.ports!);
        if (ports) this.#effects.push({ kind: "connection", listener: frame.listener!, ports, origin: frame.origin!, user: frame.user! });
        break;
      }
      case Kind.subscribed:
        this.#effects.push({ kind: "subscribed", name: frame.name! });
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
    if (port.state === "linger") this.#dropped += countOf(port.retained);
    else this.#effects.push({ kind: "closed", port: handle, lost });
  }

  /** Drops what the other side has taken. A number above what was sent says nothing. */
  #acknowledged(handle: number, port: Port, next: number): void {
    const taken = next - oldest(port);
    if (taken <= 0 || next > port.sendNext) return;
    port.retained.splice(0, taken);
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
      if (this.#owed.size === 1) this.#effects.push({ kind: "owing" });
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
    if (port.state === "claimed") {
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
      if (port) this.#ports.set(port, newPort("claimed", sendNext, recvNext, retained));
      return { port, lost: !!lost, queue: queue.map(({ body, ports }) => ({ body, ports: this.#landed(ports) })) };
    });
  }
}

/** How many messages there are, those with them that ports in them have taken along. */
const countOf = (messages: Message[]): number =>
  messages.reduce((sum, { ports }) => sum + ports.reduce((n, { retained }) => n + countOf(retained), 1), 0);

/** The number of the oldest message retained. */
const oldest = (port: Port): number => port.sendNext - port.retained.length;

/** Tells why a message cannot go, or "". */
function refuse(handle: number, { body, ports }: Message, held: Held[]): string {
  if (body.length > maxBody) return "message too large";
  if (held.some(({ port }) => port === handle)) return "a port cannot be posted on itself";
  let size = body.length;
  let count = 0;
  let queued = 0;
  let reason = "";
  const list = (states: PortState[], depth: number): void => {
    if (states.length > maxPortsPerMessage) reason = "too many ports in one message";
    else if (depth > maxDepth) reason = "ports in the queues of ports too deep";
    if (reason) return;
    size += uintSize(states.length);
    count += states.length;
    for (const { port, sendNext, recvNext, retained, queue } of states) {
      size += 2 + uintSize(port) + uintSize(sendNext) + uintSize(recvNext);
      for (const messages of [retained, queue]) {
        size += uintSize(messages.length);
        queued += messages.length;
        for (const message of messages) {
          size += uintSize(message.body.length) + message.body.length;
          list(message.ports, depth + 1);
        }
      }
    }
    if (!reason && count > maxPortsPerFrame) reason = "too many ports in the queues of ports";
    if (!reason && queued > maxQueuedPerFrame) reason = "too many messages in the queues of ports";
  };
  if (ports.length === 0) return "";
  list(ports, 0);
  return reason || (size > maxFrame - 64 ? "message too large with the queues of its ports" : "");
}

const uintSize = (n: number): number => {
  let size = 1;
  while ((n = Math.floor(n / 0x80)) > 0) size++;
  return size;
};
