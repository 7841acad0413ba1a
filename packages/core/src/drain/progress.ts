import { type Deferred, deferred, within } from '../node/turn.js';

/** Wakes whoever waits for something to be over, each time that something has ended. */
export class Progress {
  readonly #waiting = new Set<Deferred>();

  made(): void {
    for (const waiting of this.#waiting) waiting.resolve();
  }

  /** Resolves once progress is made: true; or after `ms` milliseconds: false. */
  async within(ms: number): Promise<boolean> {
    const waiting = deferred();
    this.#waiting.add(waiting);
    const woken = await within(waiting.promise, ms);
    this.#waiting.delete(waiting);
    return woken !== 'timeout';
  }
}
