// What is sent as limits rise, and lets them rise: docs/protocol.md, section 5.

import { allows, blocked, limitOf, mostWindows, raised, windowOf } from "./endpoint-limit.ts";
import { fly, sendClose, sendData } from "./endpoint-send.ts";
import { oldest, type Port, type State } from "./endpoint-state.ts";
import { acknowledge } from "./endpoint-time.ts";
import type { Limit } from "./frame.ts";

/**
 * How soon a window has to be used up if a larger one is of use, unless the round trip is longer,
 * in nanoseconds.
 */
const growWithin = 100e6;

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

/** Takes what the other side grants, and sends what may be sent by it. */
export function raise(s: State, handle: number, port: Port, limit: Limit): void {
  const [bytes, messages] = port.limit;
  port.limit = raised(port.limit, limit);
  if (port.limit[0] === bytes && port.limit[1] === messages) return;
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
