import type { PortCloseReason } from "./events.ts";
import type { Effect, Event as Happening, Held } from "./protocol/endpoint.ts";

/**
 * The session's operations for the ports, names and channels of one realm's client. The session may
 * live in another realm.
 */
export interface Carrier {
  /**
   * Opens a channel whose ends are both here, or connects: the twin is on its way then. 0: it
   * cannot be, and why.
   */
  open(event: Happening & { kind: "channel" | "connect" }): [port: number, twin: number, why?: Ending];
  /** Posts a message. The ports in it leave this realm. */
  post(port: number, body: Uint8Array, ports: Held[]): void;
  /** Carries out another order of a client. */
  order(order: Order): void;
  /**
   * Resolves when nothing more is coming natively from other realms, or at the time, as of
   * `Date.now()`.
   */
  settle(time: number): Promise<void>;
  /**
   * Ends the session, when the other sides have confirmed all messages, or at the time. Resolves
   * with the number of unconfirmed messages.
   */
  close(time: number): Promise<number>;
}

export type Order = Happening & { kind: "close" | "dispatched" | "listen" | "unlisten" | "subscribe" | "unsubscribe" | "broadcast" };

/** What a client is told. */
export type News =
  | (Effect & { kind: "deliver" | "connection" | "broadcast" })
  | { kind: "closed"; port: number; why: Ending }
  /** The other side has taken so many bytes and messages more. */
  | { kind: "taken"; port: number; bytes: number; count: number }
  /** The other side waits until this realm has dispatched messages of the port. */
  | { kind: "blocked"; port: number }
  | { kind: "welcome"; origin: string; user: string }
  /** The connection is lost, and the session reconnects. */
  | { kind: "away" }
  /** The hub allows no more broadcast channels. */
  | { kind: "crowded"; name: string }
  /** An error that the author should know, and that no call can throw. */
  | { kind: "report"; text: string }
  | { kind: "ended"; end: End; why: Ending };

/** Why a port ended, or all of them: see {@link PortCloseEvent}. */
export interface Ending {
  reason: PortCloseReason;
  text: string;
}

/** How a session ended. */
export interface End {
  code: number;
  reason: string;
  wasClean: boolean;
  /** Why there was never an answer, if there was none. */
  error?: unknown;
}
