/**
 * The frames between client and hub: docs/protocol.md, section 4. The same as Go's protocol.Frame.
 */

import { decodeText, encodeText } from "../text.ts";

export const version = 4;

/** Limits. A frame beyond them is not decoded; an endpoint refuses to send one. */
export const maxBody = 1 << 20;
export const maxFrame = 2 << 20;
export const maxPortsPerMessage = 64;
export const maxPortsPerFrame = 1024;
export const maxQueuedPerFrame = 16384;
export const maxDepth = 32;
export const maxName = 256;

/** Limits of a session: ports, and connects that wait. */
export const maxPorts = 16384;
export const maxPending = 1024;

/** The length of an endpoint's secret. */
export const secretLength = 32;

/** The most bytes that one RESUME has. */
export const maxResume = 64 << 10;

/** Codes of ERROR: the hub ends; it does not know the session any more. */
export const codeShutdown = 3001;
export const codeExpired = 3015;

/** The kinds of frames. */
export const Kind = {
  hello: 0x01,
  welcome: 0x02,
  error: 0x03,
  ticket: 0x04,
  bye: 0x05,
  ping: 0x06,
  pong: 0x07,
  data: 0x10,
  ack: 0x11,
  attach: 0x12,
  attached: 0x13,
  refused: 0x14,
  close: 0x15,
  closed: 0x16,
  gone: 0x17,
  resume: 0x18,
  cap: 0x19,
  dropped: 0x1a,
  blocked: 0x1b,
  parked: 0x1c,
  listen: 0x20,
  unlisten: 0x21,
  listening: 0x22,
  connect: 0x23,
  connection: 0x24,
  taken: 0x25,
  settled: 0x26,
  subscribe: 0x30,
  unsubscribe: 0x31,
  subscribed: 0x32,
  broadcast: 0x33,
} as const;

/** docs/protocol.md says which fields each kind has. */
export interface Frame {
  kind: number;
  port?: number;
  seq?: number;
  next?: number;
  limit?: Limit;
  body?: Uint8Array;
  ports?: PortState[];
  listener?: number;
  name?: string;
  origin?: string;
  user?: string;
  /** In HELLO: that of the endpoint. */
  secret?: Uint8Array;
  /** In WELCOME: what others see of the endpoint. */
  endpoint?: string;
  service?: boolean;
  version?: number;
  maxBody?: number;
  /** In WELCOME: how long the endpoint may be away, in milliseconds. */
  absence?: number;
  /** That of the session, of a port, or of a listener's name; none: empty. */
  ticket?: Uint8Array;
  /** In HELLO: the last handle that the endpoint was given. */
  handles?: number;
  /** In HELLO: how many channels the endpoint has made. */
  channels?: number;
  resumed?: ResumedPort[];
  code?: number;
  text?: string;
}

/** A port as RESUME has it: one that the endpoint has, or one in transit. */
export interface ResumedPort {
  /**
   * 0: in the endpoint's hands. 1: closed by the application. 2: in a message of parent's. 3: in
   * the queue of parent, which is in transit.
   */
  where: number;
  port: number;
  parent: number;
  /** With 2: the number of that message. */
  seq: number;
  sendNext: number;
  recvNext: number;
  oldest: number;
  ticket: Uint8Array;
}

/** A port on its way. Port 0: the peer has closed, or is lost, and only the queue is left. */
export interface PortState {
  port: number;
  lost?: boolean;
  sendNext: number;
  recvNext: number;
  retained: Message[];
  queue: Message[];
  /**
   * Its limits: the bytes of all messages posted, what the other side has granted, the bytes of all
   * messages taken in, what was granted to the other side. Empty with port 0.
   */
  flow: Flow | [];
}

export type Flow = [
  sendBytes: number,
  sendLimit: number,
  sendLimitMessages: number,
  recvBytes: number,
  recvLimit: number,
  recvLimitMessages: number,
];

/** How much a port may be sent, counted from message number 0: docs/protocol.md, section 5. */
export type Limit = readonly [bytes: number, messages: number];

export interface Message {
  body: Uint8Array;
  ports: PortState[];
}

type Field = Exclude<keyof Frame, "kind">;

/** The fields of each kind, in their order. */
const layouts = new Map<number, string>([
  [Kind.hello, "version service secret origin ticket handles channels"],
  [Kind.welcome, "version endpoint origin user maxBody absence ticket"],
  [Kind.error, "code text"],
  [Kind.ticket, "ticket"],
  [Kind.bye, ""],
  [Kind.ping, ""],
  [Kind.pong, ""],
  [Kind.data, "port seq next body ports"],
  [Kind.ack, "port next limit"],
  [Kind.attach, "port next"],
  [Kind.attached, "port next limit"],
  [Kind.refused, "port"],
  [Kind.close, "port seq next"],
  [Kind.closed, "port next"],
  [Kind.gone, "port next"],
  [Kind.resume, "resumed"],
  [Kind.cap, "port ticket"],
  [Kind.dropped, "port"],
  [Kind.blocked, "port next"],
  [Kind.parked, "port seq ports"],
  [Kind.listen, "listener name ticket"],
  [Kind.unlisten, "listener"],
  [Kind.listening, "listener code ticket"],
  [Kind.connect, "port name origin ports"],
  [Kind.connection, "listener origin user ports"],
  [Kind.taken, "port"],
  [Kind.settled, "port"],
  [Kind.subscribe, "name"],
  [Kind.unsubscribe, "name"],
  [Kind.subscribed, "name code"],
  [Kind.broadcast, "name body"],
]);

const fieldsOf = (kind: number): Field[] | undefined => layouts.get(kind)?.split(" ").filter(Boolean) as Field[] | undefined;

const texts = "endpoint origin user text name";

/** Returns the byte form of a frame. It does not check the limits: the maker of the frame does. */
export function encodeFrame(frame: Frame): Uint8Array {
  const parts: (Uint8Array | number)[] = [frame.kind]; // a number is one byte
  let length = 0;
  const uint = (n: number) => {
    for (; n >= 0x80; n = Math.floor(n / 0x80)) parts.push((n % 0x80) | 0x80);
    parts.push(n);
  };
  const fixed = (b: Uint8Array) => {
    parts.push(b);
    length += b.length - 1;
  };
  const bytes = (b: Uint8Array) => {
    uint(b.length);
    fixed(b);
  };
  const messages = (list: Message[]) => {
    uint(list.length);
    for (const message of list) {
      bytes(message.body);
      ports(message.ports);
    }
  };
  const ports = (list: PortState[]) => {
    uint(list.length);
    for (const state of list) {
      uint(state.port);
      if (state.port) {
        uint(state.sendNext);
        uint(state.recvNext);
        messages(state.retained);
        state.flow.forEach(uint);
      } else {
        parts.push(Number(!!state.lost));
      }
      messages(state.queue);
    }
  };
  const resumed = (list: ResumedPort[]) => {
    uint(list.length);
    for (const p of list) {
      parts.push(p.where);
      uint(p.port);
      if (p.where > 1) uint(p.parent);
      if (p.where === 2) uint(p.seq);
      uint(p.sendNext);
      uint(p.recvNext);
      uint(p.oldest);
      bytes(p.ticket);
    }
  };
  for (const field of fieldsOf(frame.kind)!) {
    if (field === "body" || field === "ticket") bytes(frame[field]!);
    else if (field === "resumed") resumed(frame.resumed!);
    else if (field === "ports") ports(frame.ports!);
    else if (field === "limit") frame.limit!.forEach(uint);
    else if (field === "secret") fixed(frame.secret!);
    else if (field === "service") parts.push(Number(!!frame.service));
    else if (texts.includes(field)) bytes(encodeText(frame[field] as string));
    else uint(frame[field] as number);
  }
  const out = new Uint8Array(length + parts.length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") {
      out[at++] = part;
    } else {
      out.set(part, at);
      at += part.length;
    }
  }
  return out;
}

/**
 * The frames of a batch. Their bodies are parts of it. Throws a RangeError that says where the
 * batch is malformed.
 */
export function decodeFrames(batch: Uint8Array): Frame[] {
  let at = 0;
  const fail = (reason: string): never => {
    throw new RangeError(`at byte ${at}: ${reason}`);
  };
  const byte = () => (at < batch.length ? batch[at++]! : fail("cut off"));
  const uint = () => {
    let n = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const b = byte();
      n += (b & 0x7f) * unit;
      if (n > Number.MAX_SAFE_INTEGER) fail("integer too large");
      if (b < 0x80) return b === 0 && unit > 1 ? fail("integer not in its shortest form") : n;
    }
  };
  const flag = () => {
    const b = byte();
    return b > 1 ? fail("unknown flag") : b === 1;
  };
  const bytes = (length = uint()) => {
    if (length > batch.length - at) fail("cut off");
    return batch.subarray(at, (at += length));
  };
  const list = <T>(read: () => T) => {
    let n = uint();
    const items: T[] = [];
    while (n-- > 0) items.push(read());
    return items;
  };
  const ports = (depth: number): PortState[] => list(() => portState(depth));
  const portState = (depth: number): PortState => {
    if (depth > maxDepth) fail("ports in the queues of ports too deep");
    const message = () => ({ body: bytes(), ports: ports(depth + 1) });
    const port = uint();
    if (!port) return { port, lost: flag(), sendNext: 0, recvNext: 0, retained: [], flow: [], queue: list(message) };
    const [sendNext, recvNext, retained] = [uint(), uint(), list(message)];
    const flow: Flow = [uint(), uint(), uint(), uint(), uint(), uint()];
    const state = { port, sendNext, recvNext, retained, flow, queue: list(message) };
    return state.retained.length > state.sendNext ? fail("more messages retained than were sent") : state;
  };
  const resumedPort = (): ResumedPort => {
    const where = byte();
    if (where > 3) fail("a resumed port that is nowhere");
    return {
      where,
      port: uint(),
      parent: where > 1 ? uint() : 0,
      seq: where === 2 ? uint() : 0,
      sendNext: uint(),
      recvNext: uint(),
      oldest: uint(),
      ticket: bytes(),
    };
  };
  const frames: Frame[] = [];
  while (at < batch.length) {
    const frame: Frame = { kind: byte() };
    for (const field of fieldsOf(frame.kind) ?? fail("unknown kind")) {
      if (field === "body" || field === "ticket") frame[field] = bytes();
      else if (field === "resumed") frame.resumed = list(resumedPort);
      else if (field === "ports") frame.ports = ports(0);
      else if (field === "limit") frame.limit = [uint(), uint()];
      else if (field === "secret") frame.secret = bytes(secretLength);
      else if (field === "service") frame.service = flag();
      else (frame as unknown as Record<Field, unknown>)[field] = texts.includes(field) ? decodeText(bytes()) : uint();
    }
    if (frame.kind === Kind.connection && frame.ports!.length !== 1) fail("not one port");
    frames.push(frame);
  }
  return frames;
}
