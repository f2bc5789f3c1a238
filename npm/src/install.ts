/**
 * window.connectTo(), window.onconnect and the discoverable window.name of the 2013 proposal:
 *
 *     import "entangle/install";
 *
 * The hub's address is that of `<meta name="entangle" content="ws://...">`, else `/entangle` at the
 * server that this script came from.
 *
 * DEVIATION: a listener for messages starts a port that came by this connectTo or connect, as the
 * proposal's own example expects; the standard wants start().
 *
 * DEVIATION: a connection that nobody has ever listened for is closed, as at a Hub.
 */
import { type ConnectEvent, connect, type ConnectToOptions, type Hub } from "./entangle.ts";
import { defineHandlers } from "./handlers.ts";

declare global {
  interface Window {
    /** Opens a port to the window of that name: see `Hub.connectTo`. */
    connectTo(target: string, options?: ConnectToOptions): MessagePort;
    /** Somebody connected to this window's name. */
    onconnect: ((this: Window, event: ConnectEvent) => unknown) | null;
  }
  interface WindowEventMap {
    connect: ConnectEvent;
  }
}

/**
 * The hub's address: the page states it, or it is on the server that this script came from. A
 * bundler's replacement for that URL is no address.
 */
function address(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="entangle"]');
  if (meta) return new URL(meta.content, document.baseURI).href;
  const script = import.meta.url ?? "";
  return new URL("/entangle", script.startsWith("http") ? script : document.baseURI).href;
}

/**
 * The hub that `window.connectTo` uses; undefined where there is no page, as in a rendering server:
 * nothing is done there.
 */
export const hub: Hub | undefined = typeof document === "object" && typeof MessageChannel === "function" ? install() : undefined;

function started(port: MessagePort): MessagePort {
  const { addEventListener } = port;
  port.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    addEventListener.apply(port, args);
    if (args[0] === "message") port.start();
  };
  return port;
}

function install(): Hub {
  const hub = connect(address());
  let listened = false;
  const { addEventListener } = window;
  window.addEventListener = (...args: unknown[]) => {
    if (args[0] === "connect" && args[1]) listened = true;
    addEventListener.apply(window, args as Parameters<typeof addEventListener>);
  };

  hub.addEventListener("connect", ({ ports: [port], origin, user }) => {
    const event = new MessageEvent("connect", { data: "", origin, source: started(port!), ports: [port!] });
    const { source, ports } = event;
    // If a listener existed before this script, it takes the port.
    const taken = <T>(value: T) => ({
      get() {
        listened = true;
        return value;
      },
    });
    window.dispatchEvent(Object.defineProperties(event, { user: { value: user }, source: taken(source), ports: taken(ports) }));
    if (!listened) port!.close();
  });

  window.connectTo = (target, options) => started(hub.connectTo(target, options));
  const { onconnect } = window;
  defineHandlers(window, "connect");
  window.onconnect = onconnect;

  /** Registers the name, unless it is one that nobody can be found by. */
  function register(): void {
    try {
      hub.name = window.name;
    } catch {
      hub.name = "";
    }
  }

  const name = Object.getOwnPropertyDescriptor(window, "name")!;
  Object.defineProperty(window, "name", {
    ...name,
    set(value: string) {
      name.set!.call(window, value);
      register();
    },
  });
  register();
  return hub;
}
