// How much a port may be sent: docs/protocol.md, section 5.

import { fly, sendClose, sendData } from "./endpoint-send.ts";
import { oldest, type Port, send, type State } from "./endpoint-state.ts";
import { acknowledge } from "./endpoint-time.ts";
import { type Flow, Kind, type Limit, type Message, type PortState } from "./frame.ts";

/** How many times a window grows at most. */
const mostWindows = 4;

/**
 * How soon a window has to be used up if a larger one is of use, unless the round trip is longer,
 * in nanoseconds.
 */
const growWithin = 100e6;

/** That of a new port. */
export const noFlow: Flow = [0, 0, 0, 0, 0, 0];

const allows = ([bytes, messages]: Limit, number: number, before: number) => number < messages && before < bytes;

export const raised = (a: Limit, b: Limit): Limit => [Math.max(a[0], b[0]), Math.max(a[1], b[1])];

const windowOf = (s: State, times: number): Limit => [times * s.first[0], times * s.first[1]];

/**
 * Makes a port of what is known of it. Nobody is believed to have granted more than may wait at
 * once.
 */
export function newPort(s: State, state: Port["state"], known?: PortState): Port {
  const { sendNext = 0, recvNext = 0, retained = [], queue = [], flow = noFlow } = known ?? {};
  const [posted, sendLimit, sendLimitMessages, recvBytes, recvLimit, recvLimitMessages] = flow as Flow;
  const most = windowOf(s, mostWindows);
  const kept = retained.reduce((sum, { body }) => sum + body.length, 0);
  const sendBytes = Math.max(posted, kept);
  const waiting = queue.map(({ body }) => body.length);
  return {
    state,
    attached: false,
    sendNext,
    recvNext,
    retained,
    sentNext: sendNext,
    told: sendNext,
    limit: raised(s.first, [sendLimit, sendLimitMessages]),
    sendBytes,
    sentBytes: sendBytes,
    ackedBytes: sendBytes - kept,
    recvBytes,
    granted: raised(s.first, [Math.min(recvLimit, recvBytes + most[0]), Math.min(recvLimitMessages, recvNext + most[1])]),
    waiting,
    waitingBytes: waiting.reduce((sum, bytes) => sum + bytes, 0),
    windows: 1,
    turnBytes: 0,
    turnMessages: 0,
    turnSince: s.now,
    owed: 0,
    owedBytes: 0,
    flying: false,
    resent: false,
    tries: 0,
    sentAt: 0,
  };
}

/** What travels with the port. */
export const flowOf = ({ sendBytes, limit, recvBytes, granted }: Port): Flow => [sendBytes, ...limit, recvBytes, ...granted];

/** Whether the next message may be taken in. */
export const mayTake = (port: Port): boolean => allows(port.granted, port.recvNext, port.recvBytes);

/** Notes a message that was taken in. */
export function took(port: Port, bytes: number): void {
  port.recvBytes += bytes;
  port.waiting.push(bytes);
  port.waitingBytes += bytes;
}

/** What may be granted. */
function limitOf(s: State, port: Port): Limit {
  const [bytes, messages] = windowOf(s, port.windows);
  // What was queued before there was a network is not counted.
  return raised(port.granted, [
    bytes + Math.max(port.recvBytes - port.waitingBytes, 0),
    messages + Math.max(port.recvNext - port.waiting.length, 0),
  ]);
}

/** Raises the limit as far as may be. */
export const grant = (s: State, port: Port): Limit => (port.granted = limitOf(s, port));

/** The application's: the next messages of a port are not in its queue any more. */
export function dispatched(s: State, handle: number, count: number): void {
  const port = s.ports.get(handle);
  if (!port || port.state === "local" || port.state === "linger") return;
  for (const bytes of port.waiting.splice(0, count)) {
    port.waitingBytes -= bytes;
    port.turnBytes += bytes;
    port.turnMessages++;
  }
  let window = windowOf(s, port.windows);
  if (port.turnBytes >= window[0] || port.turnMessages >= window[1]) {
    if ((s.now - port.turnSince) * 1e6 <= Math.max(2 * s.smoothed, growWithin)) port.windows = Math.min(2 * port.windows, mostWindows);
    port.turnBytes = port.turnMessages = 0;
    port.turnSince = s.now;
  }
  window = windowOf(s, port.windows);
  const [bytes, messages] = limitOf(s, port);
  if (bytes - port.granted[0] >= Math.floor(window[0] / 2) || messages - port.granted[1] >= Math.ceil(window[1] / 2)) {
    acknowledge(s, handle, port);
  }
}

/** Sends what was not sent yet and may be. */
export function pump(s: State, handle: number, port: Port): void {
  while (port.sentNext < port.sendNext && allows(port.limit, port.sentNext, port.sentBytes)) {
    const message = port.retained[port.sentNext - oldest(port)]!;
    port.told = Math.max(port.told, ++port.sentNext);
    port.sentBytes += message.body.length;
    sendData(s, handle, port, port.sentNext - 1, message);
  }
  if (blocked(port)) {
    if (!port.flying) port.sentAt = s.now; // since when it is blocked
    fly(s, handle, port);
  }
}

/** Whether nothing is under way, and nothing may be sent. */
export const blocked = (port: Port): boolean => port.sentNext < port.sendNext && port.sentNext === oldest(port);

/** Takes what the other side grants, and sends what may be sent by it. */
export function raise(s: State, handle: number, port: Port, limit: Limit): void {
  port.limit = raised(port.limit, limit);
  if (port.sentNext === port.sendNext || !port.attached) return;
  port.tries = 0;
  pump(s, handle, port);
  if (port.state === "linger" && port.sentNext === port.sendNext) sendClose(s, handle, port);
}

/**
 * Sends again what is not acknowledged, as much as may be, and CLOSE if the application has closed
 * the port.
 */
export function sendAgain(s: State, handle: number, port: Port): void {
  port.sentNext = oldest(port);
  port.sentBytes = port.ackedBytes;
  pump(s, handle, port);
  if (port.state === "linger") sendClose(s, handle, port);
}

/**
 * Tells the session of the last message posted, which may not be sent yet: of the ports in it, or
 * that CLOSE follows.
 */
export function park(s: State, handle: number, port: Port, ports: PortState[] = []): void {
  port.told = port.sendNext;
  send(s, { kind: Kind.parked, port: handle, seq: port.sendNext - 1, ports: withoutBodies(ports) });
}

const bare = (messages: Message[]): Message[] =>
  messages.map(({ ports }) => ({ body: new Uint8Array(), ports: withoutBodies(ports) }));

const withoutBodies = (states: PortState[]): PortState[] =>
  states.map((state) => ({ ...state, retained: bare(state.retained), queue: bare(state.queue) }));
