// The end of ports, and of the endpoint.

import { none, type Port, type State, twinOf } from "./endpoint-state.ts";
import type { Message, PortState } from "./frame.ts";
import { countLive, countOf } from "./measure.ts";

/** A connect, whose caller's end is handle, that need not be said again. */
export function settled(s: State, handle: number): void {
  if (!s.connects.delete(handle)) return;
  s.tickets.delete(twinOf(handle));
  s.count--;
}

export function forget(s: State, handle: number, port: Port, lost: boolean): void {
  s.ports.delete(handle);
  s.tickets.delete(handle);
  s.count--;
  settled(s, handle); // nobody needs the other end any more
  drop(s, port.retained);
  if (port.state === "linger") s.dropped += countOf(port.retained);
  else if (!port.connection) s.effects.push({ kind: "closed", port: handle, lost });
}

/**
 * Messages that must not be sent again: this endpoint does not answer for the ports in
 * them any more.
 */
export function drop(s: State, messages: Message[]): void {
  for (const { ports } of messages) {
    s.count -= countLive(ports);
    loseTickets(s, ports);
  }
}

/** Forgets the tickets of ports that are not this endpoint's, at all depths. */
export function loseTickets(s: State, states: PortState[] = []): void {
  for (const { port, queue, retained } of states) {
    s.tickets.delete(port);
    for (const { ports } of [...queue, ...retained]) loseTickets(s, ports);
  }
}

/** No socket will come any more. */
export function end(s: State): void {
  if (s.ended) return;
  s.ended = true;
  lose(s);
}

/** Ends all ports that a session knows: no session will take them back. */
export function lose(s: State): void {
  s.count -= s.connects.size;
  s.connects.clear();
  for (const handle of [...s.ports.keys()].sort((a, b) => a - b)) {
    const port = s.ports.get(handle)!;
    if (port.state !== "local") forget(s, handle, port, true); // else nobody was told of it
  }
  s.ticket = none;
  s.owed.clear();
  s.flying = [];
  s.checkAt = Infinity;
  s.tickets.clear();
}
