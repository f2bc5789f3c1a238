import type { Held } from "./event.ts";
import {
  maxBody,
  maxDepth,
  maxFrame,
  maxPortsPerFrame,
  maxPortsPerMessage,
  maxQueuedPerFrame,
  type Message,
  type PortState,
} from "./frame.ts";

/** Returns why a message cannot be sent, or "". */
export function refuse(handle: number, { body, ports }: Message, held: Held[]): string {
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
      size += 50 + uintSize(port) + uintSize(sendNext) + uintSize(recvNext);
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

/** How many ports that have a peer there are, at all depths. */
export function countLive(states: PortState[]): number {
  let n = 0;
  for (const { port, queue, retained } of states) {
    if (port) n++;
    for (const { ports } of [...queue, ...retained]) n += countLive(ports);
  }
  return n;
}

/** The highest handle of ports, at all depths. */
export function highest(states: PortState[]): number {
  let handle = 0;
  for (const { port, queue, retained } of states) {
    handle = Math.max(handle, port);
    for (const { ports } of [...queue, ...retained]) handle = Math.max(handle, highest(ports));
  }
  return handle;
}

/** How many messages there are, those with them that ports in them have taken along. */
export const countOf = (messages: Message[]): number =>
  messages.reduce((sum, { ports }) => sum + ports.reduce((n, { retained }) => n + countOf(retained), 1), 0);
