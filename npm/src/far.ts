/**
 * The far end of a wire: the native port that a page holds. It stays a native port, so that it can
 * be given to a frame, a worker or a library. Calls of the port's own methods go to the wire
 * directly. Messages for the wire's near end alone, valid only while this realm holds the port, go
 * over the channel itself.
 */

import { defineHandlers } from "./handlers.ts";
import { random } from "./random.ts";

/** Hears what the page does with a port. */
export interface Holder {
  /** Returns whether the platform should post the message. */
  post(port: MessagePort, args: unknown[]): boolean;
  started(): void;
  closed(): void;
  /** How many bytes were posted that the other side has not taken. */
  readonly buffered: number;
  /** Resolves when the other side has taken everything that was posted. */
  sent(): Promise<void>;
  /** A message is about to be seen by the page. Returns whether it may be. */
  seen(event: MessageEvent): boolean;
}

/**
 * Never leaves this realm: it is posted through far ends only, and those arrive at near ends only.
 */
let secret: string | undefined;

/** A message to the near end: close, or a probe, whose arrival is its only meaning. */
export type Told = "close" | "probe";

/** The content of a message to the near end; undefined for a message that other realms posted. */
export function toldIn(data: unknown): Told | undefined {
  return Array.isArray(data) && data.length === 2 && data[0] === secret ? data[1] : undefined;
}

/** Far is a port of the hub in the page's hands. */
export class Far {
  readonly #port: MessagePort & { onclose?: unknown; bufferedAmountLowThreshold?: number };
  #firing = false;

  constructor(port: MessagePort, holder: Holder) {
    this.#port = port;
    secret ??= random();
    const native = MessagePort.prototype;
    const onmessage = Object.getOwnPropertyDescriptor(native, "onmessage")!;
    // Node does not say of its own events that they are trusted.
    const isNative = (event: Event) => !this.#firing && (event.isTrusted || "process" in globalThis);
    // The first listener: it is told of a message before the page is. To listen does not start the
    // port.
    port.addEventListener("message", (event) => isNative(event) && !holder.seen(event) && event.stopImmediatePropagation(), true);
    // Where the platform fires close itself it does not know the hub's order: only
    // our event counts.
    port.addEventListener("close", (event) => isNative(event) && event.stopImmediatePropagation(), true);
    Object.assign(port, {
      bufferedAmountLowThreshold: 0,
      sent: () => holder.sent(),
      postMessage(...args: [unknown]) {
        if (holder.post(port, args)) native.postMessage.apply(port, args);
      },
      start() {
        native.start.call(port);
        holder.started();
      },
      close: () => {
        holder.closed();
        this.tell("close");
        native.close.call(port);
      },
    });
    defineHandlers(port, "bufferedamountlow");
    Object.defineProperty(port, "bufferedAmount", { configurable: true, get: () => holder.buffered });
    Object.defineProperty(port, "onmessage", {
      configurable: true,
      get: () => onmessage.get!.call(port),
      set(listener) {
        onmessage.set!.call(port, listener);
        holder.started();
      },
    });
  }

  /** Tells the near end, if the port is in this realm's hands. */
  tell(told: Told): void {
    MessagePort.prototype.postMessage.call(this.#port, [secret, told]);
  }

  /**
   * bufferedAmount was higher before.
   * https://w3c.github.io/webrtc-pc/#dom-datachannel-bufferedamountlowthreshold
   */
  lower(before: number, now: number): void {
    const threshold = Number(this.#port.bufferedAmountLowThreshold);
    if (before > threshold && now <= threshold) this.fire(new Event("bufferedamountlow"));
  }

  /** Fires an event of the hub at the port. */
  fire(event: Event): void {
    const port = this.#port;
    this.#firing = true;
    port.dispatchEvent(event);
    this.#firing = false;
    const native = "onclose" in MessagePort.prototype;
    if (event.type === "close" && !native && typeof port.onclose === "function") port.onclose(event);
  }
}
