/** Options of {@link tabs}. */
export interface TabsOptions {
    /** The name under which other tabs find this one: see {@link Tabs.name}. Default: "", none. */
    name?: string | undefined;
    /**
     * The URL of the worker's script, `entangle/worker`, on this page's own origin; or a function
     * that makes the worker, as a module and from the same URL in all tabs. Default: `worker.js`
     * beside this module.
     */
    worker?: string | URL | (() => SharedWorker) | undefined;
}
/** Options of {@link Tabs.connectTo}. */
export interface TabsConnectToOptions {
    /** Services need a hub: any value throws a NotSupportedError DOMException. */
    targetOrigin?: string | undefined;
    /** When it is aborted, the port is closed and gets `close`, whether or not a tab was found. */
    signal?: AbortSignal | undefined;
}
/** The events of {@link Tabs}. */
export interface TabsEventMap {
    /** Another tab connected to this tab's name. If nobody listens, the port is closed. */
    connect: MessageEvent<string>;
}
/**
 * The tabs of this browser: made by {@link tabs}.
 *
 * - A port gets `close` when its other side was closed or is gone; so does one that was given on,
 *   where it was before.
 * - The worker may end at any time: ports live on, and another worker is started. While its script
 *   cannot be loaded nobody is found, and the client tries again.
 * - A tab in the back/forward cache keeps its ports; it is found again when it is shown.
 * - On insecure origins, where there are no Web Locks, tabs are asked every second whether they are
 * there. A tab that is frozen for more than 3 s counts as gone there: its ports get `close` at the
 *   others, and are open.
 */
export declare class Tabs extends EventTarget {
    #private;
    /**
     * Resolves when the worker has answered. Rejects with a NotSupportedError DOMException if the
     * browser has no SharedWorker, or cannot run the worker's script at first; then every port is
     * closed. Rejects with an AbortError DOMException after {@link Tabs.close}.
     */
    readonly ready: Promise<void>;
    onconnect: ((this: Tabs, event: MessageEvent<string>) => unknown) | null;
    /**
     * The name under which other tabs of the same origin find this one; "" is none. If several tabs
     * have the same name, the one that had it first is found. May be set at any time.
     *
     * Throws a SyntaxError DOMException for a name that begins with "_" or has more than 256 bytes.
     */
    get name(): string;
    set name(name: string);
    /**
     * Connects to the tab that has the name, now or later. What is posted waits until a tab has it.
     * To give up, close the port or abort the signal.
     *
     * Throws a SyntaxError DOMException for a name that is empty, begins with "_" or has more than
     * 256 bytes; and the signal's reason if that was aborted.
     */
    connectTo(name: string, { targetOrigin, signal }?: TabsConnectToOptions): MessagePort;
    /** Closes every port that this tab still has; no tab finds this one any more. */
    close(): void;
    addEventListener<K extends keyof TabsEventMap>(type: K, listener: ((this: Tabs, event: TabsEventMap[K]) => unknown) | null, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}
/**
 * Joins the tabs of this browser. Returns at once: ports and names may be used before
 * {@link Tabs.ready}.
 */
export declare function tabs(options?: TabsOptions): Tabs;
