/**
 * The limits of posted bytes that the other sides have not taken, on one port and on all. One
 * message more is taken as long as neither is reached.
 */
const maxBehind = 64 << 20;
const maxBehindAll = 256 << 20;

/** What the other sides have taken. */
export interface Taken {
  bytes: number;
  count: number;
}

/** Backlog counts, by port, what was posted and the other side has not taken. */
export class Backlog {
  readonly #ports = new Map<number, { sizes: number[]; sum: number }>();
  #sum = 0;

  /** Whether too much waits on a port, or on all, for one message more. */
  full(port: number): boolean {
    return (this.#ports.get(port)?.sum ?? 0) > maxBehind || this.#sum > maxBehindAll;
  }

  add(port: number, size: number): void {
    let behind = this.#ports.get(port);
    if (!behind) this.#ports.set(port, (behind = { sizes: [], sum: 0 }));
    behind.sizes.push(size);
    behind.sum += size;
    this.#sum += size;
  }

  /** All but so many messages of a port were taken. Returns what has become less. */
  settle(port: number, left: number): Taken {
    const behind = this.#ports.get(port);
    if (!behind) return { bytes: 0, count: 0 };
    const taken = behind.sizes.splice(0, behind.sizes.length - left);
    const bytes = taken.reduce((sum, size) => sum + size, 0);
    behind.sum -= bytes;
    this.#sum -= bytes;
    if (!left) this.#ports.delete(port);
    return { bytes, count: taken.length };
  }
}
