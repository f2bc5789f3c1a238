/**
 * The client's side of a session with a hub: docs/protocol.md, section 5. The same machine as Go's
 * protocol.Endpoint.
 */

import { end } from "./endpoint-end.ts";
import { dispatched } from "./endpoint-flow.ts";
import { receive } from "./endpoint-frame.ts";
import { channel, close, connect, post } from "./endpoint-post.ts";
import { broadcast, start } from "./endpoint-resume.ts";
import { none, send, State } from "./endpoint-state.ts";
import { time } from "./endpoint-time.ts";
import type { Effect, Event } from "./event.ts";
import { Kind, type Limit } from "./frame.ts";
import { countOf } from "./measure.ts";

export type { Effect, Event, Held } from "./event.ts";

/**
 * Endpoint numbers what is posted, keeps it until it is acknowledged, takes ports in and hands them
 * on. The runtime around it holds each port's queue of messages that were taken in and not
 * dispatched: see {@link Held}.
 */
export class Endpoint {
  readonly #state = new State();

  /** A simulation of small messages has another limit at first; all endpoints have the same. */
  constructor(first?: Limit) {
    if (first) this.#state.first = first;
  }

  /**
   * Whether the application closed a port and the other side has not confirmed that it
   * took everything.
   */
  get lingering(): boolean {
    const s = this.#state;
    for (const { state } of s.ports.values()) if (state === "linger") return true;
    return false;
  }

  /**
   * How many messages were posted and are not acknowledged, those with it that ports in them have
   * taken along: on ports that are still open, and on those that the application closed before.
   */
  get undelivered(): number {
    const s = this.#state;
    let sum = s.dropped;
    for (const { retained } of s.ports.values()) sum += countOf(retained);
    return sum;
  }

  /** When the event `time` is wanted, unless something happens before. */
  get deadline(): number {
    const s = this.#state;
    if (s.ended) return Infinity;
    if (s.away < Infinity && s.ticket.length > 0) return s.asked ? Infinity : s.away + s.absence;
    if (!s.online) return Infinity;
    return s.owed.size === 0 ? s.checkAt : Math.min(s.checkAt, s.due);
  }

  /** Takes an event at a time in milliseconds, which never goes back. */
  step(now: number, event: Event): Effect[] {
    const s = this.#state;
    s.now = now;
    s.effects = [];
    switch (event.kind) {
      case "start":
        start(s, event.secret, event.origin, event.service);
        break;
      case "frame":
        if (!s.ended) receive(s, event.frame);
        break;
      case "channel":
        channel(s);
        break;
      case "post":
        post(s, event.port, event.body, event.ports);
        break;
      case "dispatched":
        dispatched(s, event.port, event.count);
        break;
      case "close":
        close(s, event.port);
        break;
      case "connect":
        connect(s, event.name, event.origin);
        break;
      case "listen":
        s.listeners.set(event.listener, { name: event.name, ticket: none });
        send(s, { kind: Kind.listen, listener: event.listener, name: event.name, ticket: none });
        break;
      case "unlisten":
        s.listeners.delete(event.listener);
        send(s, { kind: Kind.unlisten, listener: event.listener });
        break;
      case "subscribe":
        s.joined.set(event.name, false);
        send(s, { kind: Kind.subscribe, name: event.name });
        break;
      case "unsubscribe":
        s.joined.delete(event.name);
        send(s, { kind: Kind.unsubscribe, name: event.name });
        break;
      case "broadcast":
        broadcast(s, event.name, event.body);
        break;
      case "bye":
        send(s, { kind: Kind.bye });
        break;
      case "time":
        time(s, event.unsent);
        break;
      case "lost":
        s.away = Math.min(s.away, now);
        s.online = s.asked = false;
        break;
      case "end":
        end(s);
        break;
    }
    return s.effects;
  }
}
