import type { End } from "./carrier.ts";

/** A transport connects to a hub each time it is opened. */
export interface Transport {
  open(listener: TransportListener): void;
  /** Sends a batch of frames. It may be called once the transport is open. */
  send(batch: Uint8Array): void;
  /** Sent data has not left yet. */
  readonly unsent: boolean;
  close(): void;
}

/** Hears that a transport is open, what comes over it, and that it ended. */
export interface TransportListener {
  opened(): void;
  received(batch: Uint8Array): void;
  ended(end: End): void;
}
