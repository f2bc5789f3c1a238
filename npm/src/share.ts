/**
 * A session that several realms share:
 *
 *     import { connect } from "entangle";
 *     import "entangle/share";
 *
 *     worker.postMessage("hub", [hub.share()]); // in the page
 *     addEventListener("message", ({ ports: [port] }) => connect(port)); // in the worker
 *
 * The orders of the worker's client and the news for it are posted over that port as they are.
 * Ports that the worker makes have negative numbers there; ports that come to it keep the
 * session's numbers.
 */

import type { Channel } from "./broadcast.ts";
import type { Carrier, End, Ending, News, Order } from "./carrier.ts";
import { type ConnectOptions, Hub, type HubCloseEvent } from "./entangle.ts";
import type { Event as Happening, Held } from "./protocol/endpoint.ts";
import { maxName } from "./protocol/frame.ts";
import { random } from "./random.ts";
import { encodeText } from "./text.ts";
import { onPagehide } from "./unload.ts";

/** What the worker posts. */
type Wish =
  | (Happening & { kind: "channel" | "connect" } & { port: number; twin: number })
  | (Happening & { kind: "post" })
  | Order
  | { kind: "share" | "leave" }
  /** It holds that lock as long as it lives. */
  | { kind: "alive"; lock: string };

/** What an origin may have, in bytes. */
const maxOrigin = 1024;

const locks = (): LockManager | undefined => globalThis.navigator?.locks;
const ignored = (): void => {};
const left: Ending = { reason: "shutdown", text: "" };

/**
 * Branch is the page's side of a worker's client: it carries out the client's orders as long as the
 * worker's realm lives.
 */
class Branch {
  readonly #hub: Hub;
  readonly #port: MessagePort;
  /** The session's numbers of the worker's ports, by the worker's. */
  readonly #numbers = new Map<number, number>();
  readonly #names = new Map<number, number>();
  readonly #channels = new Map<string, Channel>();
  #left = false;

  constructor(hub: Hub, port: MessagePort) {
    this.#hub = hub;
    this.#port = port;
    port.onmessage = ({ data, ports }: MessageEvent<Wish>) => {
      try {
        this.#grant(data, ports);
      } catch {
        this.#leave(); // it is not our client
      }
    };
    port.addEventListener("close", () => this.#leave()); // where the platform fires it
    this.#changed();
    hub.addEventListener("statechange", this.#changed);
    hub.addEventListener("close", this.#closed);
    if (hub.state === "closed") this.#end({ code: 1006, reason: "", wasClean: false });
  }

  readonly #changed = (): void => {
    const { state, origin, user } = this.#hub;
    if (state === "open") this.#tell({ kind: "welcome", origin, user });
    if (state === "reconnecting") this.#tell({ kind: "away" });
  };

  readonly #closed = async (event: Event): Promise<void> => {
    const { code, reason, wasClean } = event as HubCloseEvent;
    const error = await this.#hub.ready.catch(String);
    this.#end({ code, reason, wasClean, error });
  };

  #tell(news: News): void {
    // Without the rest of the batch that a body came in.
    this.#port.postMessage("body" in news ? { ...news, body: news.body.slice() } : news);
  }

  #grant(wish: Wish, ports: readonly MessagePort[]): void {
    const { client, broadcasts } = this.#hub;
    if ("name" in wish && encodeText(wish.name).length > maxName) throw new RangeError("name");
    switch (wish.kind) {
      case "channel":
      case "connect": {
        if (wish.kind === "connect" && encodeText(wish.origin).length > maxOrigin) throw new RangeError("origin");
        const [port, twin, why] = client.carrier.open(wish);
        if (!port) return this.#tell({ kind: "closed", port: wish.port, why: why! });
        this.#own(wish.port, port);
        if (wish.kind === "channel") this.#own(wish.twin, twin);
        break;
      }
      case "post":
        client.carrier.post(this.#numbers.get(wish.port) ?? 0, bytes(wish.body), this.#give(wish.ports));
        break;
      case "dispatched":
        client.carrier.order({ kind: "dispatched", port: this.#numbers.get(wish.port) ?? 0, count: Number(wish.count) });
        break;
      case "close":
        client.carrier.order({ kind: "close", port: this.#disown(wish.port) });
        break;
      case "listen":
        this.#names.set(
          wish.listener,
          client.listen(wish.name, (port, origin, user) => {
            if (this.#left) return client.discard([port]);
            this.#take([port]);
            this.#tell({ kind: "connection", listener: wish.listener, ports: [port], origin, user });
          }),
        );
        break;
      case "unlisten":
        client.carrier.order({ kind: "unlisten", listener: this.#names.get(wish.listener)! });
        this.#names.delete(wish.listener);
        break;
      case "subscribe": {
        const { name } = wish;
        const deliver = (body: Uint8Array) => this.#left || this.#tell({ kind: "broadcast", name, body });
        const refuse = () => this.#tell({ kind: "crowded", name });
        const channel = { name, close: ignored, deliver, refuse };
        this.#channels.set(name, channel);
        broadcasts.open(channel);
        break;
      }
      case "unsubscribe":
        broadcasts.close(this.#channels.get(wish.name)!);
        this.#channels.delete(wish.name);
        break;
      case "broadcast":
        broadcasts.send(this.#channels.get(wish.name)!, bytes(wish.body));
        break;
      case "share":
        new Branch(this.#hub, ports[0]!);
        break;
      case "alive":
        this.#watch(wish.lock);
        break;
      default:
        this.#leave();
    }
  }

  /**
   * Leaves when the realm that holds the lock is gone. A lock that seems free belongs to
   * another origin.
   */
  #watch(lock: string): void {
    const gone = () => this.#leave();
    locks()
      ?.request(lock, { ifAvailable: true }, (free) => (free ? undefined : locks()!.request(lock, gone)))
      .catch(ignored);
  }

  #own(theirs: number, ours: number): void {
    const { owners, carrier } = this.#hub.client;
    this.#numbers.set(theirs, ours);
    const closedThere = (why: Ending) => {
      this.#disown(theirs);
      this.#tell({ kind: "closed", port: theirs, why });
    };
    owners.set(ours, {
      message: (body, ports) => {
        this.#take(ports);
        this.#tell({ kind: "deliver", port: theirs, body, ports: [...ports] });
      },
      closedThere,
      progress: (bytes, count) => this.#tell({ kind: "taken", port: theirs, bytes, count }),
      blocked: () => this.#tell({ kind: "blocked", port: theirs }),
      abort(why) {
        carrier.order({ kind: "close", port: ours });
        closedThere(why);
      },
    });
  }

  #disown(theirs: number): number {
    const ours = this.#numbers.get(theirs) ?? 0;
    this.#numbers.delete(theirs);
    this.#hub.client.owners.delete(ours);
    return ours;
  }

  #take(list: readonly Held[]): void {
    for (const { port, queue } of list) {
      if (port) this.#own(port, port);
      for (const { ports } of queue) this.#take(ports);
    }
  }

  #give(list: readonly Held[]): Held[] {
    return list.map(({ port, lost, queue }) => ({
      port: this.#disown(port),
      lost,
      queue: queue.map(({ body, ports }) => ({ body: bytes(body), ports: this.#give(ports) })),
    }));
  }

  #leave(): void {
    if (this.#left) return;
    const { client, broadcasts } = this.#hub;
    for (const number of [...this.#numbers.keys()]) client.carrier.order({ kind: "close", port: this.#disown(number) });
    for (const listener of this.#names.values()) client.carrier.order({ kind: "unlisten", listener });
    for (const channel of this.#channels.values()) broadcasts.close(channel);
    this.#end({ code: 1000, reason: "", wasClean: true });
  }

  #end(end: End): void {
    if (this.#left) return;
    this.#left = true;
    this.#hub.removeEventListener("close", this.#closed);
    this.#hub.removeEventListener("statechange", this.#changed);
    this.#tell({ kind: "ended", end, why: this.#hub.client.why ?? left });
    this.#port.close();
  }
}

/** The page is responsible at the hub for the orders of its frames and workers. */
function bytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  throw new TypeError("body");
}

/**
 * The carrier of a client whose session is in another realm, over a port whose other end a
 * {@link Branch} has.
 */
class Shared implements Carrier {
  readonly #port: MessagePort;
  #numbers = 0;
  /** Why it has ended, if it has. */
  #why: Ending | undefined;
  #end!: (news: News & { kind: "ended" }) => void;
  readonly #done = new Promise<News & { kind: "ended" }>((resolve) => (this.#end = resolve));

  constructor(port: MessagePort) {
    this.#port = port;
  }

  start(tell: (news: News) => void): void {
    this.#port.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.kind === "ended") this.#end(data);
      else tell(data);
    };
    const lock = `entangle ${random()}`;
    const alive = () => {
      this.#wish({ kind: "alive", lock });
      return this.#done;
    };
    locks()?.request(lock, alive).catch(ignored);
    const shown = onPagehide((hidden, persisted) => {
      if (hidden && !persisted) this.#wish({ kind: "leave" });
    });
    void this.#done.then(({ kind, end, why }) => {
      this.#why = why;
      shown();
      this.#port.close();
      tell({ kind, why, end: { ...end, error: new DOMException(String(end.error ?? "The hub was closed."), "NetworkError") } });
    });
  }

  open(event: Happening & { kind: "channel" | "connect" }): [port: number, twin: number, why?: Ending] {
    if (this.#why) return [0, 0, this.#why];
    const [port, twin] = [--this.#numbers, --this.#numbers];
    this.#wish({ ...event, port, twin });
    return [port, twin];
  }

  post(port: number, body: Uint8Array, ports: Held[]): void {
    this.#wish({ kind: "post", port, body, ports });
  }

  order(order: Order): void {
    this.#wish(order);
  }

  share(port: MessagePort): void {
    this.#wish({ kind: "share" }, [port]);
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  async close(time: number): Promise<number> {
    this.#wish({ kind: "leave" });
    const late = () => this.#end({ kind: "ended", end: { code: 1006, reason: "", wasClean: false }, why: left });
    const timer = setTimeout(late, time - Date.now());
    await this.#done;
    clearTimeout(timer);
    return 0;
  }

  #wish(wish: Wish, transfer: Transferable[] = []): void {
    this.#port.postMessage(wish, transfer);
  }
}

Hub.sharing = {
  share(hub: Hub): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const { carrier } = hub.client;
    if (carrier instanceof Shared) carrier.share(port1);
    else new Branch(hub, port1);
    return port2;
  },
  connect(port: MessagePort, options: ConnectOptions): Hub {
    const shared = new Shared(port);
    return new Hub(shared, options, (tell) => shared.start(tell));
  },
};
