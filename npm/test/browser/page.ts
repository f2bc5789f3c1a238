/**
 * What each page of the browser tests has: the client as it is shipped, and ways to see what comes.
 */

import * as Comlink from "comlink";
import type * as Client from "../../src/entangle.ts";
import type { ConnectOptions, Hub, PortCloseEvent } from "../../src/entangle.ts";
import type * as Neighbours from "../../src/tabs.ts";

const address = "/entangle.js";
const shareAddress = "/share.js";
const tabsAddress = "/tabs.js";
const entangle: typeof Client = await import(address);

/** What happened at a port, in order: "message DATA", "messageerror", "close". */
export class Log {
  readonly entries: string[] = [];
  readonly events: MessageEvent[] = [];
  #wanted = Infinity;
  #wake = () => {};

  constructor(target: EventTarget, start = true) {
    for (const type of ["message", "messageerror", "close"]) {
      target.addEventListener(type, (event) => {
        this.events.push(event as MessageEvent);
        this.entries.push(type === "message" ? `message ${describe((event as MessageEvent).data)}` : type);
        if (this.entries.length >= this.#wanted) this.#wake();
      });
    }
    if (start && target instanceof MessagePort) target.start();
  }

  /** The first entries, once there are so many. */
  until(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      this.#wanted = count;
      this.#wake = () => resolve(this.entries.slice(0, count));
      if (this.entries.length >= count) this.#wake();
    });
  }
}

/** A value as text, with its types, identities and order. */
export function describe(value: unknown, seen = new Map<object, number>()): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (seen.has(value)) return `#${seen.get(value)}`;
  seen.set(value, seen.size);
  const d = (v: unknown) => describe(v, seen);
  const type = Object.prototype.toString.call(value).slice(8, -1);
  const own = Object.keys(value).map((key) => `${JSON.stringify(key)}: ${d((value as Record<string, unknown>)[key])}`);
  if (value instanceof Map) return `Map{${[...value].map(([k, v]) => `${d(k)} => ${d(v)}`)}}`;
  if (value instanceof Set) return `Set{${[...value].map(d)}}`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp) return `${value} ${value.lastIndex}`;
  if (value instanceof Boolean || value instanceof Number || value instanceof String) return `${type}(${d(value.valueOf())})`;
  if (type === "BigInt") return `BigInt(${String(value)})`;
  if (value instanceof ArrayBuffer) {
    const max = value.resizable ? `, max ${value.maxByteLength}` : "";
    return `ArrayBuffer(${[...new Uint8Array(value)]}${max})`;
  }
  if (ArrayBuffer.isView(value)) return `${type}(${d(value.buffer)}, ${value.byteOffset}, ${value.byteLength})`;
  if (value instanceof Error && !(value instanceof DOMException)) {
    const cause = "cause" in value ? `, cause ${d(value.cause)}` : "";
    return `${value.name}(${Object.hasOwn(value, "message") ? d(value.message) : ""}${cause})`;
  }
  if (value instanceof DOMException) return `DOMException(${value.name}, ${value.message}, ${value.code})`;
  if (value instanceof File) return `File(${value.name}, ${value.type}, ${value.lastModified}, ${value.size})`;
  if (value instanceof Blob) return `Blob(${value.type}, ${value.size})`;
  if (value instanceof MessagePort) return "MessagePort";
  if (Array.isArray(value)) return `Array(${value.length})[${own}]`;
  return `${type}{${own}}`;
}

/** The parts of a test in a page share what is in v. */
export const v: Record<string, any> = {};

/** What a port's close says, when it comes. */
const ending = (port: MessagePort): Promise<[reason: string, text: string]> =>
  new Promise((resolve) => {
    port.addEventListener("close", (event) => resolve([(event as PortCloseEvent).reason, (event as PortCloseEvent).text]));
    port.start();
  });

const helpers = {
  ending,
  Comlink,
  entangle,
  Log,
  describe,
  v,
  server: location.origin,
  /** So that a session can be shared. */
  loadShare: (): Promise<unknown> => import(shareAddress),
  connect: (options?: ConnectOptions): Hub => entangle.connect("/entangle", options),
  /** So that tabs find each other without a hub. */
  loadTabs: (): Promise<typeof Neighbours> => import(tabsAddress),
  /** Resolves with the event. */
  event: <E = MessageEvent>(target: EventTarget, type: string): Promise<E> =>
    new Promise((resolve) => target.addEventListener(type, (event) => resolve(event as E), { once: true })),
};

declare global {
  var t: typeof helpers;
}

globalThis.t = helpers;
