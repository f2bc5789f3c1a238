// Messages of a port that wait for an acknowledgement.

import { oldest, type Port, send, type State } from "./endpoint-state.ts";
import { Kind, type Message, type PortState } from "./frame.ts";

/** Nothing is sent again before so many milliseconds. */
export const minTimeout = 1000;

export function fly(s: State, handle: number, port: Port): void {
  if (port.flying || !port.attached || !s.online) return;
  port.flying = true;
  s.flying.push(handle);
  s.checkAt = Math.min(s.checkAt, s.now + minTimeout);
}

export function sendData(s: State, handle: number, port: Port, seq: number, message: Message): void {
  if (!s.online) return; // the next session is told of it
  if (seq === oldest(port)) port.sentAt = s.now;
  fly(s, handle, port);
  port.owed = port.owedBytes = 0;
  send(s, { kind: Kind.data, port: handle, seq, next: port.recvNext, ...message });
}

export function sendClose(s: State, handle: number, port: Port): void {
  if (port.told < port.sendNext) park(s, handle, port);
  if (port.retained.length === 0) port.sentAt = s.now;
  fly(s, handle, port);
  send(s, { kind: Kind.close, port: handle, seq: port.sendNext, next: port.recvNext });
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
