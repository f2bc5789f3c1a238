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

/** Something went wrong that no call can throw. Unless preventDefault() is called it is logged. */
export class HubErrorEvent extends Event {
  declare readonly message: string;

  /** @internal */
  constructor(message: string) {
    super("error", { cancelable: true });
    this.message = message;
  }
}

/**
 * The other side of a port closed it, or is gone, and everything that it posted has been
 * dispatched.
 */
export class PortCloseEvent extends Event {
  /** The other side did not close the port: it, or the connection to it, was lost. */
  declare readonly lost: boolean;

  /** @internal */
  constructor(lost: boolean) {
    super("close");
    this.lost = lost;
  }
}
