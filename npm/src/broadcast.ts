import type { Client } from "./client.ts";
import { decode } from "./clone/decode.ts";
import { HubErrorEvent } from "./events.ts";
import { defineHandlers } from "./handlers.ts";
import { maxName } from "./protocol/frame.ts";
import { Sequence } from "./sequence.ts";
import { Tasks } from "./tasks.ts";
import { encodeText } from "./text.ts";

/** A destination of broadcasts: a channel of this realm, or of another one. */
export interface Channel {
  readonly name: string;
  close(): void;
  /** The hub refuses the channel. */
  refuse(): void;
  /** The task that a message queues at each destination. */
  deliver(body: Uint8Array): void;
}

/**
 * The broadcast channels of one hub: those of a name hear each other, and those of the partition's
 * other sessions.
 */
export class Broadcasts {
  readonly #client: Client;
  readonly #channels = new Map<string, Set<Channel>>();
  readonly #tasks = new Tasks();
  readonly #outgoing: Sequence;
  #ended = false;
  /** The origin that messages come from: the partition's, so one's own. */
  origin = globalThis.origin;

  constructor(client: Client) {
    this.#client = client;
    this.#outgoing = new Sequence(client.pending);
  }

  open(channel: Channel): void {
    if (this.#ended) return channel.close();
    const channels = this.#channels.get(channel.name);
    if (channels) {
      channels.add(channel);
      return;
    }
    this.#channels.set(channel.name, new Set([channel]));
    this.#client.carrier.order({ kind: "subscribe", name: channel.name });
  }

  close(channel: Channel): void {
    const channels = this.#channels.get(channel.name);
    if (!channels?.delete(channel) || channels.size > 0) return;
    this.#channels.delete(channel.name);
    // Behind what it has posted.
    this.#outgoing.run(() => {
      if (!this.#channels.has(channel.name)) this.#client.carrier.order({ kind: "unsubscribe", name: channel.name });
    }, 0);
  }

  /**
   * The session has ended: channels that reach nobody close, so that posting on them is an error.
   */
  end(): void {
    this.#ended = true;
    for (const channels of this.#channels.values()) for (const channel of channels) channel.close();
    this.#tasks.stop();
  }

  post(channel: Channel, value: unknown): void {
    this.send(channel, this.#client.body(value));
  }

  send(channel: Channel, body: Uint8Array | Promise<Uint8Array>): void {
    // Destinations are those of now, oldest first.
    const destinations = [...(this.#channels.get(channel.name) ?? [])].filter((other) => other !== channel);
    const send = (body: Uint8Array) => {
      this.#client.carrier.order({ kind: "broadcast", name: channel.name, body });
      this.#deliver(destinations, body);
    };
    this.#outgoing.run(() => (body instanceof Promise ? body.then(send) : send(body)));
  }

  /** The hub allows no more channels: this one reaches nobody. The other channels go on. */
  refuse(name: string): void {
    const channels = this.#channels.get(name) ?? [];
    this.#channels.delete(name);
    for (const channel of channels) channel.refuse();
  }

  /** A message came from another session. */
  receive(name: string, body: Uint8Array): void {
    this.#deliver([...(this.#channels.get(name) ?? [])], body);
  }

  #deliver(destinations: Channel[], body: Uint8Array): void {
    for (const channel of destinations) this.#tasks.run(() => channel.deliver(body));
  }
}

/**
 * A BroadcastChannel that reaches the partition: the pages, and programs, of this origin and this
 * user at the hub.
 * https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
 */
export class HubBroadcastChannel extends EventTarget implements Channel {
  declare readonly name: string;
  readonly #broadcasts: Broadcasts;
  #closed = false;

  constructor(broadcasts: Broadcasts, name: string) {
    super();
    this.name = String(name);
    this.#broadcasts = broadcasts;
    if (encodeText(this.name).length > maxName) throw new DOMException(`A name may have ${maxName} bytes.`, "SyntaxError");
    defineHandlers(this, "message", "messageerror", "error");
    broadcasts.open(this);
  }

  postMessage(message: unknown): void {
    if (this.#closed) throw new DOMException("The channel is closed.", "InvalidStateError");
    if (arguments.length === 0) throw new TypeError("1 argument required");
    this.#broadcasts.post(this, structuredClone(message));
  }

  close(): void {
    this.#closed = true;
    this.#broadcasts.close(this);
  }

  refuse(): void {
    this.#closed = true;
    this.dispatchEvent(new HubErrorEvent("the hub allows no more broadcast channels"));
  }

  deliver(body: Uint8Array): void {
    if (this.#closed) return;
    const { origin } = this.#broadcasts;
    let event;
    try {
      event = new MessageEvent("message", { data: decode(body), origin });
    } catch {
      event = new MessageEvent("messageerror", { origin });
    }
    this.dispatchEvent(event);
  }
}
