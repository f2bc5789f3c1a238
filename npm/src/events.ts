/**
 * The events of a hub and its ports: classes of our own, for Node has neither CloseEvent nor
 * ErrorEvent.
 */

/** The connection to a hub is gone. */
export class HubCloseEvent extends Event {
  /** That of the WebSocket, or of the hub: 1000 after close(), 1006 for a connection that broke. */
  declare readonly code: number;
  /** In words, of the hub; may be "". */
  declare readonly reason: string;
  /** Whether both sides agreed to end. */
  declare readonly wasClean: boolean;

  /** @internal */
  constructor({ code, reason, wasClean }: { code: number; reason: string; wasClean: boolean }) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** An error that no call can throw. It is logged, unless preventDefault() is called. */
export class HubErrorEvent extends Event {
  declare readonly message: string;

  /** @internal */
  constructor(message: string) {
    super("error", { cancelable: true });
    this.message = message;
  }
}

/**
 * Why a port ended:
 *
 * - closed: the other side closed it, or the signal of `connectTo` was aborted;
 * - lost: the other side is gone, or there was no connection to the hub for too long;
 * - limit: a limit of this side: too much waits for the other side, too many ports, or too many
 *   connects that nobody has answered;
 * - refused: the hub refused the connect, or this client, or what it came back with;
 * - shutdown: `hub.close()` was called here, or the hub ends.
 */
export type PortCloseReason = "closed" | "lost" | "limit" | "refused" | "shutdown";

/**
 * A port has ended, and everything that its other side posted has been dispatched. The reason is
 * the one that this side knows: if this side closes a port for a limit, the other side hears that
 * it was closed.
 */
export class PortCloseEvent extends Event {
  declare readonly reason: PortCloseReason;
  /** Further details for people, in no fixed form; may be "". */
  declare readonly text: string;

  /** @internal */
  constructor({ reason, text }: { reason: PortCloseReason; text: string }) {
    super("close");
    this.reason = reason;
    this.text = text;
  }
}
