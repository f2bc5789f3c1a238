/**
 * The far end of a wire: the native port that a page holds. It stays a native port, so that it can
 * be given to a frame, a worker or a library; what it carries of its own tells the near end, in
 * band, what the platform does not: which port of the hub stands in a transfer list, and that the
 * port was closed.
 */

import type { Wire } from "./wire.ts";

/** The ports of the hub in a message, by their native ends: the ids of their wires. */
export type Ours = Map<MessagePort, number>;

/**
 * What the near end is told. `token` proves that this realm posted it, through the far end itself.
 */
export type Told =
  | [token: string, message: unknown, ours: Ours | undefined]
  | [token: string, probe: true] // of no meaning but that it comes
  | [token: string]; // closed

/**
 * Never leaves this realm: it is posted through far ends only, and those arrive at near ends only.
 */
const token = crypto.getRandomValues(new Uint32Array(4)).join();

/** isTold says whether a message that came to a near end was posted by this realm's own methods. */
export function isTold(data: unknown): data is Told {
  return Array.isArray(data) && data[0] === token;
}

const native = MessagePort.prototype;
const nativeOnmessage = Object.getOwnPropertyDescriptor(native, "onmessage")!;
const nativeCloseEvent = "onclose" in native;

const fars = new WeakMap<MessagePort, Far>();

/** Far is a port of the hub in the page's hands. */
export class Far {
  readonly #port: MessagePort;
  readonly #wire: Wire;
  #closed = false;
  /** How many times the near end was told something. */
  #told = 0;

  constructor(port: MessagePort, wire: Wire) {
    this.#port = port;
    this.#wire = wire;
    fars.set(port, this);
    // The first listener: it is told of a message before the page is. To listen does not
    // start the port.
    port.addEventListener("message", (event) => event.isTrusted && wire.seen(event), true);
    // Where the platform fires close itself it knows nothing of the hub's order: ours alone counts.
    port.addEventListener("close", (event) => event.isTrusted && event.stopImmediatePropagation(), true);
    define(port, {
      postMessage: { value: (...args: unknown[]) => this.#post(args) },
      start: {
        value: () => {
          native.start.call(port);
          wire.start();
        },
      },
      close: { value: () => this.#close() },
      onmessage: {
        get: () => nativeOnmessage.get!.call(port),
        set: (listener) => {
          nativeOnmessage.set!.call(port, listener);
          wire.start();
        },
      },
    });
  }

  /**
   * Posts a probe, which only the near end can receive, and only while the port is in this
   * realm's hands.
   */
  probe(): void {
    this.#tell([token, true]);
  }

  /** Fires an event of the hub at the port. */
  fire(event: Event): void {
    const port = this.#port as MessagePort & { onclose?: unknown };
    port.dispatchEvent(event);
    if (event.type === "close" && !nativeCloseEvent && typeof port.onclose === "function") port.onclose(event);
  }

  #tell(told: Told, transfer: Transferable[] = []): void {
    native.postMessage.call(this.#port, told, { transfer });
    this.#told++;
  }

  // https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-postmessage
  #post(args: unknown[]): void {
    const options = args[1] as (StructuredSerializeOptions & Partial<Iterable<Transferable>>) | null | undefined;
    // What the platform would refuse, and what goes nowhere, is left to the platform.
    if (this.#closed || args.length === 0 || (options != null && typeof options !== "object")) {
      return native.postMessage.apply(this.#port, args as [unknown]);
    }
    const list = options?.[Symbol.iterator] ? (options as Iterable<Transferable>) : options?.transfer;
    const transfer = [...(list ?? [])];
    const ours: Ours = new Map();
    const leaving: Far[] = [];
    for (const item of transfer) {
      const far = fars.get(item as MessagePort);
      if (!far || far === this || far.#wire.client !== this.#wire.client) continue;
      if (far.#closed) throw new DOMException("A closed port cannot be transferred.", "DataCloneError");
      ours.set(item as MessagePort, far.#wire.id);
      leaving.push(far);
    }
    this.#tell([token, args[0], leaving.length ? ours : undefined], transfer);
    for (const far of leaving) far.#wire.leave(this.#wire, far.#told);
  }

  // https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-close
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tell([token]);
    native.close.call(this.#port);
  }
}

function define(port: MessagePort, properties: PropertyDescriptorMap): void {
  for (const descriptor of Object.values(properties)) {
    descriptor.configurable = true;
    if ("value" in descriptor) descriptor.writable = true;
  }
  Object.defineProperties(port, properties);
}
