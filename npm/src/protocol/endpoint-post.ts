// The application's operations on ports.

import { pump } from "./endpoint-flow.ts";
import { flowOf, newPort, noFlow } from "./endpoint-limit.ts";
import { park, sendClose } from "./endpoint-send.ts";
import { send, type State, twinOf } from "./endpoint-state.ts";
import type { Held } from "./event.ts";
import { Kind, maxPending, maxPorts, type PortState } from "./frame.ts";
import { refuse } from "./measure.ts";

export function channel(s: State): [port: number, twin: number] {
  const port = 4 * ++s.channels;
  const twin = twinOf(port);
  s.ports.set(port, newPort(s, "local")).set(twin, newPort(s, "local"));
  s.effects.push({ kind: "channel", port, twin });
  return [port, twin];
}

/** Makes a channel and keeps its other end, with what is asked, until SETTLED. */
export function connect(s: State, name: string, origin: string): void {
  const [port, twin] = channel(s);
  if (s.ended || s.connects.size >= maxPending || s.count + 2 > maxPorts) return part(s, twin, true);
  const ports = [{ port: twin, lost: false, sendNext: 0, recvNext: 0, retained: [], queue: [], flow: noFlow }];
  const frame = { kind: Kind.connect, port, name, origin, ports };
  s.connects.set(port, frame);
  s.ports.delete(twin);
  s.ports.get(port)!.state = "claimed";
  s.count += 2;
  send(s, frame);
}

/**
 * Numbers a message, keeps it and sends it. If the peer is on its way the message is sent again
 * when the peer attaches.
 */
export function post(s: State, handle: number, body: Uint8Array, held: Held[]): void {
  const port = s.ports.get(handle);
  if (!port || port.state === "local" || port.state === "linger") {
    return discard(s, held); // a closed port: what was in the message is lost
  }
  afford(s, held, s.count);
  const message = { body, ports: pack(s, held) };
  const text = refuse(handle, message, held);
  if (text) {
    s.effects.push({ kind: "refused", port: handle, text });
    return discard(s, held);
  }
  leave(s, held);
  port.retained.push(message);
  port.sendNext++;
  port.sendBytes += body.length;
  pump(s, handle, port);
  if (port.sentNext < port.sendNext && message.ports.length > 0) park(s, handle, port, message.ports);
}

/**
 * Closes the channels of held ports that were never shipped if the hub would not allow one more.
 * Such a port travels without a peer.
 */
function afford(s: State, held: Held[], count: number): number {
  for (const h of held) {
    if (s.ports.get(h.port)?.state === "local") {
      if (count + 2 > maxPorts) {
        part(s, h.port, true);
        h.port = 0;
        h.lost = true;
      } else {
        count += 2;
      }
    }
    for (const { ports } of h.queue) count = afford(s, ports, count);
  }
  return count;
}

/** Ends a channel that has not been shipped, of which handle is one end. */
function part(s: State, handle: number, lost: boolean): void {
  s.ports.delete(handle);
  if (s.ports.delete(twinOf(handle))) s.effects.push({ kind: "closed", port: twinOf(handle), lost });
}

/** Makes port states of held ports: numbers and retained messages added. It changes nothing. */
function pack(s: State, held: Held[]): PortState[] {
  return held.map((h) => {
    const port = s.ports.get(h.port);
    const queue = h.queue.map(({ body, ports }) => ({ body, ports: pack(s, ports) }));
    if (!port || port.state === "linger") return { port: 0, lost: h.lost, sendNext: 0, recvNext: 0, retained: [], queue, flow: [] };
    const { sendNext, recvNext, retained } = port;
    return { port: h.port, lost: false, sendNext, recvNext, retained, queue, flow: flowOf(port) };
  });
}

/**
 * Takes held ports, and those in their queues, out of this endpoint's hands. They are in transit.
 */
function leave(s: State, held: Held[]): void {
  for (const h of held) {
    const port = s.ports.get(h.port);
    const twin = s.ports.get(twinOf(h.port));
    if (port?.state === "local") {
      if (twin) twin.state = "claimed";
      s.count += 2;
    }
    s.ports.delete(h.port);
    for (const { ports } of h.queue) leave(s, ports);
  }
}

/** Closes held ports whose message goes nowhere, and those in their queues. */
function discard(s: State, held: Held[]): void {
  for (const h of held) {
    close(s, h.port);
    for (const { ports } of h.queue) discard(s, ports);
  }
}

/** By the application. */
export function close(s: State, handle: number): void {
  const port = s.ports.get(handle);
  if (!port || port.state === "linger") return;
  if (port.state !== "local") {
    port.state = "linger";
    return sendClose(s, handle, port);
  }
  part(s, handle, false);
}
