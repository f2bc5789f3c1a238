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
import { type ConnectEvent, type ConnectToOptions, type Hub } from "./entangle.js";
import { type Tabs } from "./tabs.js";
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
 * The hub that `window.connectTo` uses, or the tabs of this browser; undefined where there is no
 * page, as in a rendering server: nothing is done there.
 */
export declare const hub: Hub | Tabs | undefined;
