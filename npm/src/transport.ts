import type { End } from "./carrier.ts";

/** What connects to a hub, as often as it is opened. */
export interface Transport {
  open(listener: TransportListener): void;
  /** Sends a batch of frames. It may be called once the transport is open. */
  send(batch: Uint8Array): void;
  /** What was sent has not left yet. */
  readonly unsent: boolean;
  close(): void;
}

/** What a transport tells: that it is open, what comes, and that it ended. */
export interface TransportListener {
  opened(): void;
  received(batch: Uint8Array): void;
  ended(end: End): void;
}
