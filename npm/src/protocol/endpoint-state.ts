import type { Effect } from "./event.ts";
import type { Frame, Limit, Message } from "./frame.ts";

export const none: Uint8Array = new Uint8Array();

/** A port of an endpoint. */
export interface Port {
  /**
   * local: its channel has not been shipped. claimed: the peer's owner is not known yet, what is
   * sent may reach nobody. linger: closed by the application, serves retransmission.
   */
  state: "local" | "claimed" | "open" | "linger";
  /** The peer's owner is known, or was before linger. */
  attached: boolean;
  /** The number of the next message posted. */
  sendNext: number;
  /** The number of the next message taken in. */
  recvNext: number;
  /** Posted and not acknowledged: the last ones before sendNext. */
  retained: Message[];
  /** The number of the next message to be sent. */
  sentNext: number;
  /** The session knows of the messages below this number. */
  told: number;
  /** What the other side has granted. */
  limit: Limit;
  /** The bytes of all messages posted, of those below sent, and of those that are acknowledged. */
  sendBytes: number;
  sentBytes: number;
  ackedBytes: number;
  /** The bytes of all messages taken in. */
  recvBytes: number;
  /** What was granted to the other side, as it was said last. */
  granted: Limit;
  /** The bytes of those messages taken in that were not dispatched, and their sum. */
  waiting: number[];
  waitingBytes: number;
  /** How many times the first limit may wait. */
  windows: number;
  /** What was dispatched since the window was looked at. */
  turnBytes: number;
  turnMessages: number;
  turnSince: number;
  /** Taken in and not acknowledged. */
  owed: number;
  owedBytes: number;
  /** It is among those that wait for an acknowledgement, or for CLOSED. */
  flying: boolean;
  /** The oldest message retained was sent more than once. */
  resent: boolean;
  tries: number;
  /** When that was sent, or CLOSE. */
  sentAt: number;
  /** It came with a CONNECTION that is not confirmed: nobody has seen it. */
  connection?: Frame | undefined;
}

/** The other end of a channel that an endpoint made. */
export const twinOf = (port: number): number => (port % 4 ? port - 2 : port + 2);

/** The number of the oldest message retained. */
export const oldest = (port: Port): number => port.sendNext - port.retained.length;

/** The state of an endpoint. The functions of the modules beside this one maintain it. */
export class State {
  /** Anybody who knows the secret is this endpoint, so it leaves this page in HELLO only. */
  secret = none;
  /** What every port grants at first. */
  first: Limit = [256 << 10, 1024];
  readonly ports = new Map<number, Port>();
  /** CONNECTs that are not settled, with the other end, by the caller's end. */
  readonly connects = new Map<number, Frame>();
  channels = 0;
  /** Ports that the session knows: those of channels that were shipped, and those in transit. */
  count = 0;
  /** The ports with acknowledgements owed, in order. */
  readonly owed = new Set<number>();
  /** When those are due. */
  due = 0;
  now = 0;
  /** The ports that wait for an acknowledgement, in order, and when they are looked at. */
  flying: number[] = [];
  checkAt = Infinity;
  /** The round trip and its variation: RFC 6298, section 2. */
  smoothed = 0;
  variation = 0;
  /** The last handle that the session gave. */
  minted = 0;
  online = false;
  /** HELLO with a ticket has gone out: the hub says whether it was away for too long. */
  asked = false;
  /** That of the session; none: there is no session to go on with. */
  ticket = none;
  absence = 0;
  /** Since when there is no socket; Infinity: there is one. */
  away = Infinity;
  readonly tickets = new Map<number, Uint8Array>();
  readonly listeners = new Map<number, { name: string; ticket: Uint8Array }>();
  /** Broadcast channels, and whether the hub has confirmed them once. */
  readonly joined = new Map<string, boolean>();
  unsaid: Frame[] = [];
  unsaidSize = 0;
  ended = false;
  /**
   * Messages of ports that were closed by the application, and given back before all was
   * acknowledged.
   */
  dropped = 0;
  effects: Effect[] = [];
}

/** Sends a frame, if there is a socket: else the next session is told. */
export function send(s: State, frame: Frame): void {
  if (!s.ended && s.online) s.effects.push({ kind: "send", frame });
}
