/** Counts the jobs that all sequences wait for. */
export class Pending {
  /** How many messages wait to be sent. */
  messages = 0;
  readonly #jobs = new Set<Promise<void>>();

  /** Resolves when no job waits any more. */
  async idle(): Promise<void> {
    while (this.#jobs.size) await Promise.all(this.#jobs);
  }

  async wait(job: Promise<void>, messages: number): Promise<void> {
    this.messages += messages;
    this.#jobs.add(job);
    await job;
    this.#jobs.delete(job);
    this.messages -= messages;
  }
}

/**
 * Sequence runs jobs one after the other: at once, unless an earlier one is still waiting for
 * something.
 */
export class Sequence {
  readonly #pending: Pending;
  /** Resolves when all earlier jobs are done; undefined if they are. */
  declare last: Promise<void> | undefined;

  constructor(pending: Pending) {
    this.#pending = pending;
  }

  /** Runs a job that sends that many messages. */
  run(job: () => void | Promise<void>, messages = 1): void {
    const running = this.last ? this.last.then(job) : job();
    if (!running) return;
    const last = (this.last = this.#pending.wait(running, messages).then(() => {
      if (this.last === last) this.last = undefined;
    }));
  }
}
