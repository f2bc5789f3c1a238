/**
 * window.connectTo(), window.onconnect and the discoverable window.name of the 2013 proposal:
 *
 *     import "entangle/install";
 *
 * With `<meta name="entangle" content="ws://...">` windows meet at the hub of that address. Without
 * it the windows of one browser meet, with no hub: see {@link Tabs}. Then `worker.js` must be
 * beside this script, on the page's own origin, or where `<meta name="entangle-worker"
 * content="/worker.js">` says.
 *
 * DEVIATION: a listener for messages starts a port that came by this connectTo or connect, as the
 * proposal's own example expects; the standard wants start().
 *
 * DEVIATION: a connection that nobody has ever listened for is closed, as at a Hub.
 */
import { type ConnectEvent, connect, type ConnectToOptions, type Hub } from "./entangle.ts";
import { defineHandlers } from "./handlers.ts";
import { type Tabs, tabs } from "./tabs.ts";

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

/** What the page says in a `<meta>`. */
const said = (name: string): string | undefined => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;

/**
 * The hub that `window.connectTo` uses, or the tabs of this browser; undefined where there is no
 * page, as in a rendering server: nothing is done there.
 */
export const hub: Hub | Tabs | undefined = typeof document === "object" && typeof MessageChannel === "function" ? install() : undefined;

function started(port: MessagePort): MessagePort {
  const { addEventListener } = port;
  port.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    addEventListener.apply(port, args);
    if (args[0] === "message") port.start();
  };
  return port;
}

function install(): Hub | Tabs {
  const address = said("entangle");
  const hub = address === undefined ? tabs({ worker: said("entangle-worker") }) : connect(address);
  let listened = false;
  const { addEventListener } = window;
  window.addEventListener = (...args: unknown[]) => {
    if (args[0] === "connect" && args[1]) listened = true;
    addEventListener.apply(window, args as Parameters<typeof addEventListener>);
  };

  const connected = (connect: Event) => {
    const { ports, origin, user = "" } = connect as MessageEvent<string> & { user?: string };
    const [port] = ports;
    const event = new MessageEvent("connect", { data: "", origin, source: started(port!), ports: [port!] });
    const { source } = event;
    // If a listener existed before this script, it takes the port.
    const taken = <T>(value: T) => ({
      get() {
        listened = true;
        return value;
      },
    });
    window.dispatchEvent(Object.defineProperties(event, { user: { value: user }, source: taken(source), ports: taken(event.ports) }));
    if (!listened) port!.close();
  };
  hub.addEventListener("connect", connected);

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
