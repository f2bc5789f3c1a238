// How an endpoint resumes on a new socket: docs/protocol.md, section 8.

import { sendClose } from "./endpoint-send.ts";
import { none, oldest, send, type State } from "./endpoint-state.ts";
import { type Frame, Kind, maxBody, maxResume, type Message, type PortState, type ResumedPort, version } from "./frame.ts";

/** Broadcasts that are posted without a socket wait for the next one, up to so many bytes. */
const maxUnsaid = 4 << 20;

/** Says HELLO on a new socket: with a ticket, if there is a session to go on with. */
export function start(s: State, secret: Uint8Array, origin: string, service: boolean): void {
  const fresh = s.ticket.length === 0;
  if (fresh) {
    s.secret = secret;
    s.minted = 0;
  }
  const [handles, channels] = fresh ? [0, 0] : [s.minted, s.channels];
  s.online = true;
  send(s, { kind: Kind.hello, version, secret: s.secret, origin, service, ticket: s.ticket, handles, channels });
  s.online = fresh;
  s.asked = !fresh; // then what follows waits for WELCOME
  if (fresh) {
    resume(s); // what was made while nobody had answered
    announce(s);
  }
}

export function welcome(s: State, frame: Frame): void {
  const came = s.away < Infinity && s.ticket.length > 0;
  s.ticket = frame.ticket!.slice();
  s.absence = frame.absence!;
  s.away = Infinity;
  s.online = true;
  s.asked = false;
  if (came) {
    resume(s);
    announce(s);
  }
  s.effects.push({ kind: "welcome", frame });
}

/** Tells a new session again about connects, names and channels. */
function announce(s: State): void {
  for (const handle of [...s.connects.keys()].sort((a, b) => a - b)) {
    send(s, s.connects.get(handle)!);
    const port = s.ports.get(handle);
    if (port?.state === "linger") sendClose(s, handle, port); // so that nobody is asked any more
  }
  for (const listener of [...s.listeners.keys()].sort((a, b) => a - b)) {
    send(s, { kind: Kind.listen, listener, ...s.listeners.get(listener)! });
  }
  for (const name of [...s.joined.keys()].sort(byCodePoints)) send(s, { kind: Kind.subscribe, name });
  for (const frame of s.unsaid) send(s, frame);
  s.unsaid = [];
  s.unsaidSize = 0;
}

export function broadcast(s: State, name: string, body: Uint8Array): void {
  const frame = { kind: Kind.broadcast, name, body };
  if (body.length > maxBody) {
    s.effects.push({ kind: "refused", port: 0, text: "message too large" });
  } else if (s.online) {
    send(s, frame);
  } else if (s.unsaidSize + body.length > maxUnsaid) {
    s.effects.push({ kind: "refused", port: 0, text: "too many broadcasts without a hub" });
  } else {
    s.unsaid.push(frame);
    s.unsaidSize += body.length;
  }
}

/** The hub's answer to LISTEN, which after a resume only brings a ticket. */
export function listening(s: State, { listener, code, ticket }: Frame): void {
  const known = s.listeners.get(listener!);
  if (!known) return;
  if (code !== 0) {
    s.listeners.delete(listener!);
  } else if (known.ticket.length > 0 || ticket!.length > 0) {
    const again = known.ticket.length > 0;
    known.ticket = ticket!.slice();
    if (again) return;
  }
  s.effects.push({ kind: "listening", listener: listener!, code: code! });
}

/** The hub's answer to SUBSCRIBE, which is said again on each socket. */
export function subscribed(s: State, name: string, code: number): void {
  if (s.joined.get(name) !== false) return;
  if (code === 0) s.joined.set(name, true);
  else s.joined.delete(name);
  s.effects.push({ kind: "subscribed", name, code });
}

/**
 * Tells a new session of all ports: those that are here, and those in messages that are not
 * acknowledged.
 */
function resume(s: State): void {
  let resumed: ResumedPort[] = [];
  let size = 0;
  const say = () => {
    if (resumed.length > 0) send(s, { kind: Kind.resume, resumed });
    resumed = [];
    size = 0;
  };
  const add = (where: number, parent: number, seq: number, port: number, sendNext: number, recvNext: number, kept: number) => {
    const ticket = s.tickets.get(port) ?? none;
    const bytes = 63 + ticket.length;
    if (size + bytes > maxResume) say();
    resumed.push({ where, port, parent, seq, sendNext, recvNext, oldest: sendNext - kept, ticket });
    size += bytes;
  };
  const messages = (parent: number, first: number, list: Message[]): void =>
    list.forEach(({ ports }, i) => states(2, parent, first + i, ports));
  const states = (where: number, parent: number, seq: number, list: PortState[]): void => {
    for (const { port, sendNext, recvNext, retained, queue } of list) {
      if (port) {
        add(where, parent, seq, port, sendNext, recvNext, retained.length);
        messages(port, sendNext - retained.length, retained);
      }
      // Ports in the queue of a port without a peer are where that port is.
      for (const { ports } of queue) port ? states(3, port, 0, ports) : states(where, parent, seq, ports);
    }
  };
  s.owed.clear();
  s.flying = [];
  s.checkAt = Infinity;
  for (const handle of [...s.ports.keys()].sort((a, b) => a - b)) {
    const port = s.ports.get(handle)!;
    if (port.state === "local") continue;
    port.attached = port.flying = port.resent = false;
    port.tries = port.owed = port.owedBytes = 0;
    port.sentNext = port.told = port.sendNext; // the session is told of all
    port.sentBytes = port.sendBytes;
    add(Number(port.state === "linger"), 0, 0, handle, port.sendNext, port.recvNext, port.retained.length);
    messages(handle, oldest(port), port.retained);
  }
  say();
}

/** The order of UTF-8. */
function byCodePoints(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  const i = x.findIndex((c, i) => c !== y[i]);
  if (i < 0) return x.length - y.length;
  return i < y.length ? x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)! : 1;
}
