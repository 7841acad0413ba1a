import { type Deferred, deferred, within } from '../node/turn.js';

/** Wakes whoever waits for something to be over, each time that something has ended. */
export class Progress {
  readonly #waiting = new Set<Deferred>();

  /** @param whole - the progress of what this is a part of, which is made with it */
  constructor(readonly whole?: Progress) {}

  made(): void {
    for (const waiting of this.#waiting) waiting.resolve();
    this.whole?.made();
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
