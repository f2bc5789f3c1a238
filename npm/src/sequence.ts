/**
 * Sequence runs jobs one after the other: at once, unless an earlier one is still waiting
 * for something.
 */
export class Sequence {
  #last: Promise<void> | undefined;
  /** How many jobs that send a message are not done. */
  waiting = 0;

  /** Resolves when everything is done that was to be run before; undefined if it is. */
  get idle(): Promise<void> | undefined {
    return this.#last;
  }

  run(job: () => void | Promise<void>, messages = 1): void {
    const running = this.#last ? this.#last.then(job) : job();
    if (!running) return;
    this.waiting += messages;
    const last = running.finally(() => {
      this.waiting -= messages;
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
  }
}
