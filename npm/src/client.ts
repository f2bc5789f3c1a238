import type { Carrier, Ending, News } from "./carrier.ts";
import { encode, encodeUndeliverable } from "./clone/encode.ts";
import type { Held } from "./protocol/endpoint.ts";
import { maxBody } from "./protocol/frame.ts";
import { Pending } from "./sequence.ts";
import { type Owner, type Realm, Wire } from "./wire.ts";

/** The hub object around a client hears its news by this. */
export interface Listener {
  /** News that are about no port. */
  news(news: News & { kind: "welcome" | "away" | "broadcast" | "crowded" | "ended" }): void;
  report(message: string): void;
}

/** Client is one realm's part of a session: its ports and its name. */
export class Client implements Realm {
  declare readonly carrier: Carrier;
  readonly owners = new Map<number, Owner>();
  relays = 0;
  readonly pending = new Pending();
  /** Why the session has ended, if it has. */
  why: Ending | undefined;
  /** The page is being unloaded. */
  leaving = false;
  readonly #listener: Listener;
  /** The receivers of connections to a name, by the number of its registration. */
  readonly #accept = new Map<number, (port: Held, origin: string, user: string) => void>();
  #names = 0;

  constructor(carrier: Carrier, listener: Listener) {
    this.carrier = carrier;
    this.#listener = listener;
  }

  readonly report = (message: string): void => this.#listener.report(message);

  /**
   * The byte form of a native clone. A value that has none, or is too large, becomes undeliverable:
   * the receiver gets messageerror in its place.
   */
  body(value: unknown, ports: readonly MessagePort[] = []): Uint8Array | Promise<Uint8Array> {
    const failed = (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.report(`a message is undeliverable: ${reason}`);
      return encodeUndeliverable(reason);
    };
    const checked = (body: Uint8Array) => (body.length > maxBody ? failed(`its ${body.length} bytes are more than ${maxBody}`) : body);
    const numbers = new Map(ports.map((port, i) => [port, i]));
    try {
      const body = encode(value, { port: (port) => numbers.get(port) });
      if (!(body instanceof Promise)) return checked(body);
      this.lost();
      return body.then(checked).catch(failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** If the page is being unloaded, reports that a message which has to be read first is lost. */
  lost(): void {
    if (this.leaving) this.report("messages are lost: a Blob was being read");
  }

  /** Registers a name. Returns the number to give it back by. */
  listen(name: string, accept: (port: Held, origin: string, user: string) => void): number {
    const listener = ++this.#names;
    this.#accept.set(listener, accept);
    this.carrier.order({ kind: "listen", listener, name });
    return listener;
  }

  /** A port that asks for a listener of that name. */
  connectTo(name: string, origin: string): [Wire, MessagePort] {
    const [port, , why] = this.carrier.open({ kind: "connect", name, origin });
    return this.take({ port, lost: true, queue: [] }, why);
  }

  /**
   * Makes a native port for a port of the session. The number 0 stands for a port that has
   * ended; why says how.
   */
  take(held: Held, why?: Ending): [Wire, MessagePort] {
    const { port1, port2 } = new MessageChannel();
    const wire = new Wire(this, held, port1, false, why);
    wire.hold(port2);
    return [wire, port2];
  }

  /** Closes every port. */
  abort(why: Ending): void {
    for (const owner of this.owners.values()) owner.abort(why);
  }

  /** What the session tells. */
  news(news: News): void {
    switch (news.kind) {
      case "deliver":
        if (this.owners.has(news.port)) this.owners.get(news.port)!.message(news.body, news.ports);
        else this.discard(news.ports);
        break;
      case "taken":
        this.owners.get(news.port)?.progress(news.bytes, news.count);
        break;
      case "blocked":
        this.owners.get(news.port)?.blocked();
        break;
      case "closed":
        this.owners.get(news.port)?.closedThere(news.why);
        break;
      case "connection": {
        const [port] = news.ports;
        this.#accept.get(news.listener)!(port!, news.origin, news.user);
        break;
      }
      case "report":
        this.report(news.text);
        break;
      case "ended":
        this.why = news.why;
        for (const owner of this.owners.values()) owner.closedThere(news.why);
        this.#listener.news(news);
        break;
      default:
        this.#listener.news(news);
    }
  }

  /** Closes ports that nobody receives. */
  discard(list: readonly Held[]): void {
    for (const { port, queue } of list) {
      this.carrier.order({ kind: "close", port });
      for (const { ports } of queue) this.discard(ports);
    }
  }
}
