import type { End } from "./carrier.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** A hub's address, or a function that finds it when it is needed. */
export type Address = string | URL | (() => string | URL | Promise<string | URL>);

/** The options of a connection to a hub. */
export interface SocketOptions {
  protocols?: string | string[] | undefined;
  WebSocket?: typeof WebSocket | undefined;
}

type Ended = (code: number, error?: unknown, reason?: string, wasClean?: boolean) => void;

/** The WebSocket to a hub. */
export class Socket implements Transport {
  readonly #address: () => string | URL | Promise<string | URL>;
  readonly #options: SocketOptions;
  #socket: WebSocket | undefined;
  /** Ends the present connection, for whoever listens to it. */
  #end!: Ended;

  /** Throws a SyntaxError DOMException for an address that is none. */
  constructor(address: Address, options: SocketOptions) {
    const url = typeof address === "function" || resolve(address);
    this.#address = url === true ? (address as () => string) : () => url;
    this.#options = options;
  }

  open(listener: TransportListener): void {
    let over = false;
    this.#socket = undefined;
    const end = (this.#end = (code, error, reason = "", wasClean = false) => {
      if (!over) listener.ended({ code, reason, wasClean, error } satisfies End);
      over = true;
    });
    const failed = (error: unknown) => end(1006, error);
    const dial = (url: string | URL) => over || this.#dial(url, listener, end);
    try {
      const url = this.#address();
      if (url instanceof Promise) url.then(dial).catch(failed);
      else dial(url);
    } catch (error) {
      // Not before connect() has returned.
      queueMicrotask(() => failed(error));
    }
  }

  get unsent(): boolean {
    return !!this.#socket?.bufferedAmount;
  }

  send(batch: Uint8Array<ArrayBuffer>): void {
    this.#socket!.send(batch);
  }

  close(): void {
    const end = this.#end;
    this.#socket?.close(1000);
    if (!this.#socket) queueMicrotask(() => end(1006));
  }

  #dial(address: string | URL, listener: TransportListener, ended: Ended): void {
    const url = resolve(address);
    const { WebSocket = globalThis.WebSocket, protocols = [] } = this.#options;
    if (!WebSocket) throw new DOMException("connect() needs the option WebSocket here.", "NotSupportedError");
    let socket: WebSocket;
    try {
      socket = this.#socket = new WebSocket(url, protocols);
    } catch (error) {
      // Firefox: the page's own policy forbids it. A protocol that is none is the caller's mistake.
      throw (error as Error).name === "SyntaxError" ? error : unreachable(url, (error as Error).message || forbidden);
    }
    let opened = false;
    let why = "";
    const end = (code: number, reason: string, wasClean: boolean, otherwise: string) => {
      ended(code, opened ? undefined : unreachable(url, why || otherwise), reason, wasClean);
    };
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      opened = true;
      listener.opened();
    };
    socket.onmessage = ({ data }) => listener.received(new Uint8Array(data as ArrayBuffer));
    socket.onclose = ({ code, reason, wasClean }) => {
      end(code, reason, wasClean, "nobody answers, or does not allow this origin.");
    };
    // A WebSocket that the page's own policy forbids has no other event than this one.
    socket.onerror = (event) => {
      why = (event as ErrorEvent).message ?? "";
      setTimeout(() => end(1006, "", false, forbidden));
    };
  }

}

const forbidden = "not allowed by this page's Content-Security-Policy.";

const unreachable = (url: URL, why: string) => new DOMException(`No connection to ${url}: ${why}`, "NetworkError");

/**
 * The address of the WebSocket. A relative address is relative to the document, or to the URL of a
 * worker's script.
 */
function resolve(address: string | URL): URL {
  const { document, location } = globalThis as Partial<typeof globalThis>;
  const base = document?.baseURI ?? (location?.protocol === "blob:" ? location.origin : location?.href);
  const url = URL.canParse(address, base) ? new URL(address, base) : undefined;
  if (url) url.protocol = url.protocol.replace("http", "ws");
  if (!url || !/^wss?:$/.test(url.protocol) || url.hash) {
    throw new DOMException(`${JSON.stringify(String(address))} is no address of a hub.`, "SyntaxError");
  }
  return url;
}
