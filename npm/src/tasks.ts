/** Tasks runs jobs as tasks of their own, in order, sooner than timers would. */
export class Tasks {
  readonly #jobs: (() => void)[] = [];
  #loop: MessageChannel | undefined;
  #stopped = false;

  /** Runs job after the tasks that were queued before. */
  run(job: () => void): void {
    if (!this.#loop) {
      this.#loop = new MessageChannel();
      this.#loop.port1.onmessage = () => {
        this.#jobs.shift()!();
        this.#maybeStop();
      };
    }
    this.#jobs.push(job);
    this.#loop.port2.postMessage(0);
  }

  /** Lets go of the event loop, for what is open keeps a process alive. Jobs may still be run. */
  stop(): void {
    this.#stopped = true;
    this.#maybeStop();
  }

  #maybeStop(): void {
    if (!this.#stopped || this.#jobs.length) return;
    this.#loop?.port1.close();
    this.#loop = undefined;
  }
}
