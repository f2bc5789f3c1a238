// Acknowledgements, what is sent again, and when.

import { lose } from "./endpoint-end.ts";
import { blocked, grant } from "./endpoint-limit.ts";
import { minTimeout, sendClose, sendData } from "./endpoint-send.ts";
import { oldest, type Port, send, type State } from "./endpoint-state.ts";
import { Kind } from "./frame.ts";

/** When to send again at the latest, in milliseconds. */
const maxTimeout = 60_000;

export function time(s: State, unsent: boolean): void {
  if (s.away < Infinity) {
    if (s.ticket.length > 0 && !s.asked && s.now >= s.away + s.absence) lose(s); // nobody keeps its place any longer
    return;
  }
  if (s.owed.size > 0 && s.now >= s.due) flush(s);
  if (s.now >= s.checkAt) check(s, unsent);
}

/**
 * Sends the oldest message again if it has waited for too long. No message is late while this
 * endpoint's own socket still holds data.
 */
function check(s: State, unsent: boolean): void {
  s.flying = s.flying.filter((handle) => {
    const port = s.ports.get(handle);
    if (!port) return false;
    if (port.retained.length === 0 && port.state !== "linger") return (port.flying = false);
    if (unsent || !port.attached || (s.now - port.sentAt) * 1e6 < timeout(s, port.tries)) return true;
    port.tries++;
    if (blocked(port)) {
      port.sentAt = s.now; // what would let it go on may have been lost
      send(s, { kind: Kind.blocked, port: handle, next: port.recvNext });
      return true;
    }
    port.resent = true;
    if (port.retained.length > 0) sendData(s, handle, port, oldest(port), port.retained[0]!);
    if (port.state === "linger") sendClose(s, handle, port); // who has closed it, too, takes no messages
    return true;
  });
  s.checkAt = s.flying.length > 0 ? s.now + minTimeout : Infinity;
}

/** Takes a measured round trip, in nanoseconds as in Go, so that both come to the same. */
export function sample(s: State, milliseconds: number): void {
  const t = milliseconds * 1e6;
  if (s.smoothed === 0) {
    s.smoothed = t;
    s.variation = Math.trunc(t / 2);
    return;
  }
  s.variation += Math.trunc((Math.abs(s.smoothed - t) - s.variation) / 4);
  s.smoothed += Math.trunc((t - s.smoothed) / 8);
}

function timeout(s: State, tries: number): number {
  const once = Math.max(s.smoothed + 4 * s.variation, minTimeout * 1e6);
  return Math.min(once * 2 ** Math.min(tries, 6), maxTimeout * 1e6);
}

function flush(s: State): void {
  for (const handle of s.owed) {
    const port = s.ports.get(handle);
    if (port && port.owed > 0 && port.state !== "linger") acknowledge(s, handle, port);
  }
  s.owed.clear();
}

export function acknowledge(s: State, handle: number, port: Port): void {
  port.owed = port.owedBytes = 0;
  send(s, { kind: Kind.ack, port: handle, next: port.recvNext, limit: grant(s, port) });
}
