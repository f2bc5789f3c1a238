// How an endpoint handles frames from the hub: docs/protocol.md, section 5.

import { drop, forget, lose, loseTickets, settled } from "./endpoint-end.ts";
import { listening, subscribed, welcome } from "./endpoint-resume.ts";
import { pump, raise, sendAgain } from "./endpoint-flow.ts";
import { grant, mayTake, newPort, raised, took } from "./endpoint-limit.ts";
import { oldest, type Port, send, type State } from "./endpoint-state.ts";
import { acknowledge, sample } from "./endpoint-time.ts";
import type { Held } from "./event.ts";
import { codeExpired, type Frame, Kind, type PortState } from "./frame.ts";
import { countLive, highest } from "./measure.ts";

/** An acknowledgement is not put off beyond so many messages or bytes. */
const ackMessages = 64;
const ackBytes = 64 << 10;

/** How long an acknowledgement may wait for a message to ride on, in milliseconds. */
const ackDelay = 20;

export function receive(s: State, frame: Frame): void {
  switch (frame.kind) {
    case Kind.data:
    case Kind.ack:
    case Kind.attach:
    case Kind.attached:
    case Kind.refused:
    case Kind.close:
    case Kind.closed:
    case Kind.gone:
    case Kind.blocked: {
      // Frames for a handle that is not known (any more) are ignored, with everything in them: the
      // session of the port's present owner serves it.
      const port = s.ports.get(frame.port!);
      if (port && port.state !== "local") receiveFor(s, frame.port!, port, frame);
      else loseTickets(s, frame.ports);
      break;
    }
    case Kind.settled:
      settled(s, frame.port!);
      break;
    case Kind.cap:
      s.tickets.set(frame.port!, frame.ticket!.slice()); // not a view of the batch
      break;
    case Kind.ticket:
      s.ticket = frame.ticket!.slice();
      break;
    case Kind.dropped: {
      const port = s.ports.get(frame.port!);
      if (port?.attached) sendAgain(s, frame.port!, port);
      break;
    }
    case Kind.pong:
      break;
    case Kind.welcome:
      welcome(s, frame);
      break;
    case Kind.error:
      if (frame.code === codeExpired) lose(s);
      s.effects.push({ kind: "failed", code: frame.code!, text: frame.text! });
      break;
    case Kind.listening:
      listening(s, frame);
      break;
    case Kind.connection:
      connection(s, frame);
      break;
    case Kind.subscribed:
      subscribed(s, frame.name!, frame.code!);
      break;
    case Kind.broadcast:
      s.effects.push({ kind: "broadcast", name: frame.name!, body: frame.body! });
      break;
    default:
      fail(s, "a frame that a hub does not send");
  }
}

function fail(s: State, text: string): void {
  s.effects.push({ kind: "failed", code: 3501, text });
}

function receiveFor(s: State, handle: number, port: Port, frame: Frame): void {
  const attaches = frame.kind === Kind.attach || frame.kind === Kind.attached;
  if (!attaches) acknowledged(s, handle, port, frame.next ?? 0); // these two check for a gap first
  if (attaches) {
    attach(s, handle, port, frame);
  } else if (frame.kind === Kind.data) {
    take(s, handle, port, frame);
  } else if (frame.kind === Kind.ack) {
    raise(s, handle, port, frame.limit!);
  } else if (frame.kind === Kind.blocked) {
    if (port.state === "linger") return;
    acknowledge(s, handle, port);
    s.effects.push({ kind: "blocked", port: handle });
  } else if (frame.kind === Kind.close) {
    if (port.state === "linger" || port.recvNext >= frame.seq!) free(s, handle, port, false);
    else acknowledge(s, handle, port); // a hub passes CLOSE only after everything before it
  } else if (frame.kind === Kind.closed) {
    if (port.state === "linger") forget(s, handle, port, false);
  } else if (frame.kind === Kind.gone || frame.kind === Kind.refused) {
    free(s, handle, port, true);
  }
}

/** Answers CLOSED, which gives the handle back. */
function free(s: State, handle: number, port: Port, lost: boolean): void {
  send(s, { kind: Kind.closed, port: handle, next: port.recvNext });
  forget(s, handle, port, lost);
}

/**
 * Drops the messages that the other side has taken. A number above the last one sent is ignored.
 */
function acknowledged(s: State, handle: number, port: Port, next: number): void {
  const taken = next - oldest(port);
  if (taken <= 0 || next > port.sendNext) return;
  const again = port.resent;
  if (!again) sample(s, s.now - port.sentAt);
  port.resent = false;
  port.tries = 0;
  port.sentAt = s.now;
  const messages = port.retained.splice(0, taken);
  for (const { body } of messages) port.ackedBytes += body.length;
  if (port.sentNext < next) {
    port.sentNext = next; // it was sent over another socket
    port.sentBytes = port.ackedBytes;
  }
  drop(s, messages);
  if (port.state !== "linger") s.effects.push({ kind: "acked", port: handle, behind: port.retained.length });
  if (again) sendAgain(s, handle, port); // what was sent after it was out of its turn
  else pump(s, handle, port);
}

/** Takes a message into the port's queue. */
function take(s: State, handle: number, port: Port, frame: Frame): void {
  if (port.state === "linger" || frame.seq !== port.recvNext || !mayTake(port)) {
    if (frame.seq! > port.recvNext) loseTickets(s, frame.ports);
    return;
  }
  const ports = land(s, frame.ports!);
  if (!ports) return;
  port.recvNext++;
  took(port, frame.body!.length);
  port.owed++;
  port.owedBytes += frame.body!.length;
  if (ports.length > 0 || port.owed >= ackMessages || port.owedBytes >= ackBytes) {
    acknowledge(s, handle, port); // before anything that may be said about the ports in it
  } else if (!s.owed.has(handle)) {
    s.owed.add(handle);
    if (s.owed.size === 1) s.due = s.now + ackDelay;
  }
  s.effects.push({ kind: "deliver", port: handle, body: frame.body!, ports });
}

/** ATTACH, a new owner of the peer, or ATTACHED, the confirmation by the present one. */
function attach(s: State, handle: number, port: Port, frame: Frame): void {
  const first = !port.attached;
  const isAttach = frame.kind === Kind.attach;
  if ((isAttach || first) && frame.next! < oldest(port)) {
    // A gap: a former owner acknowledged messages that this owner expects. Only a cheat gets here.
    send(s, { kind: Kind.gone, port: handle, next: port.recvNext });
    return forget(s, handle, port, true);
  }
  port.attached = true;
  if (port.connection && !isAttach) {
    // This listener has the connection, and no other one has: now the application sees it.
    const { listener, origin, user } = port.connection;
    port.connection = undefined;
    const ports = [{ port: handle, lost: false, queue: [] }];
    s.effects.push({ kind: "connection", listener: listener!, ports, origin: origin!, user: user! });
  }
  if (port.state === "claimed" && !port.connection) {
    port.state = "open";
    s.effects.push({ kind: "open", port: handle });
  }
  acknowledged(s, handle, port, frame.next!);
  if (isAttach) {
    port.owed = port.owedBytes = 0;
    send(s, { kind: Kind.attached, port: handle, next: port.recvNext, limit: grant(s, port) });
  } else {
    if (!first) return raise(s, handle, port, frame.limit!);
    port.limit = raised(port.limit, frame.limit!);
  }
  sendAgain(s, handle, port);
}

/** Takes the ports of a message into this endpoint's hands; undefined if that cannot be. */
function land(s: State, states: PortState[]): Held[] | undefined {
  if (mayLand(s, states)) return landed(s, states);
  fail(s, "a port that is here already");
  return undefined;
}

function mayLand(s: State, states: PortState[]): boolean {
  return states.every(({ port, queue }) => !(port && (port % 2 === 0 || s.ports.has(port))) &&
    queue.every(({ ports }) => mayLand(s, ports)));
}

function landed(s: State, states: PortState[]): Held[] {
  return states.map((state) => {
    const { port, lost, retained, queue } = state;
    if (port) {
      s.minted = Math.max(s.minted, port, ...retained.map((m) => highest(m.ports)));
      s.ports.set(port, newPort(s, "claimed", state));
      s.count++;
      for (const message of retained) s.count += countLive(message.ports);
    }
    return { port, lost: !!lost, queue: queue.map(({ body, ports }) => ({ body, ports: landed(s, ports) })) };
  });
}

/**
 * Takes in a caller's port, and says so. The application does not see it before it is confirmed:
 * another listener may have an offer too.
 */
function connection(s: State, frame: Frame): void {
  const [state] = frame.ports!;
  const { port, queue, retained } = state!;
  if (!port || queue.length > 0 || retained.length > 0) return fail(s, "a connection with more than a new port");
  if (!land(s, frame.ports!)) return;
  s.ports.get(port)!.connection = frame;
  send(s, { kind: Kind.taken, port });
}
