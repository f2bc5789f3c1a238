/**
 * Sequence runs jobs one after the other: at once, unless an earlier one is still waiting
 * for something.
 */
export class Sequence {
  #last: Promise<void> | undefined;

  run(job: () => void | Promise<void>): void {
    const running = this.#last ? this.#last.then(job) : job();
    if (!running) return;
    const last = running.finally(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
  }
}
