import type { Frame } from "./frame.ts";

/** A port as it passes between an endpoint and the runtime around it, in both directions. */
export interface Held {
  /** 0: it has no peer any more, only its queue is left. */
  port: number;
  /** With port 0: the peer was lost, it did not close. */
  lost: boolean;
  /** Taken in and not dispatched, oldest first. */
  queue: { body: Uint8Array; ports: Held[] }[];
}

/** An event of an endpoint. */
export type Event =
  /** A socket is there. The secret is for a new endpoint: random, and told to nobody. */
  | { kind: "start"; secret: Uint8Array; origin: string; service: boolean }
  | { kind: "frame"; frame: Frame }
  /**
   * bye: it does not come back when this socket ends. lost: the socket is gone. end: no other one
   * will come.
   */
  | { kind: "channel" | "bye" | "lost" | "end" }
  /** The deadline has come. unsent: the socket has not sent everything yet. */
  | { kind: "time"; unsent: boolean }
  | { kind: "post"; port: number; body: Uint8Array; ports: Held[] }
  /** So many messages of the port's queue. */
  | { kind: "dispatched"; port: number; count: number }
  | { kind: "close"; port: number }
  | { kind: "connect"; name: string; origin: string }
  | { kind: "listen"; listener: number; name: string }
  | { kind: "unlisten"; listener: number }
  | { kind: "subscribe" | "unsubscribe"; name: string }
  | { kind: "broadcast"; name: string; body: Uint8Array };

/** An effect that the runtime has to carry out, in order. */
export type Effect =
  | { kind: "send" | "welcome"; frame: Frame }
  | { kind: "channel"; port: number; twin: number }
  | { kind: "deliver"; port: number; body: Uint8Array; ports: Held[] }
  | { kind: "open"; port: number }
  | { kind: "acked"; port: number; behind: number }
  /** The other side waits until messages of this port are dispatched. */
  | { kind: "blocked"; port: number }
  | { kind: "closed"; port: number; lost: boolean }
  | { kind: "connection"; listener: number; ports: Held[]; origin: string; user: string }
  | { kind: "listening"; listener: number; code: number }
  | { kind: "subscribed"; name: string; code: number }
  | { kind: "broadcast"; name: string; body: Uint8Array }
  | { kind: "refused"; port: number; text: string }
  | { kind: "failed"; code: number; text: string };
