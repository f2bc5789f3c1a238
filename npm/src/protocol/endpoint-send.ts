// Messages of a port that wait for an acknowledgement.

import { park } from "./endpoint-flow.ts";
import { oldest, type Port, send, type State } from "./endpoint-state.ts";
import { Kind, type Message } from "./frame.ts";

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
