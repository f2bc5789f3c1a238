// How much a port may be sent: docs/protocol.md, section 5.

import { oldest, type Port, type State } from "./endpoint-state.ts";
import type { Flow, Limit, PortState } from "./frame.ts";

/** How many times a window grows at most. */
export const mostWindows = 4;

/** That of a new port. */
export const noFlow: Flow = [0, 0, 0, 0, 0, 0];

export const allows = ([bytes, messages]: Limit, number: number, before: number) => number < messages && before < bytes;

export const raised = (a: Limit, b: Limit): Limit => [Math.max(a[0], b[0]), Math.max(a[1], b[1])];

export const windowOf = (s: State, times: number): Limit => [times * s.first[0], times * s.first[1]];

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
export function limitOf(s: State, port: Port): Limit {
  const [bytes, messages] = windowOf(s, port.windows);
  // What was queued before there was a network is not counted.
  return raised(port.granted, [
    bytes + Math.max(port.recvBytes - port.waitingBytes, 0),
    messages + Math.max(port.recvNext - port.waiting.length, 0),
  ]);
}

/** Raises the limit as far as may be. */
export const grant = (s: State, port: Port): Limit => (port.granted = limitOf(s, port));

/** Whether nothing is under way, and nothing may be sent. */
export const blocked = (port: Port): boolean => port.sentNext < port.sendNext && port.sentNext === oldest(port);
