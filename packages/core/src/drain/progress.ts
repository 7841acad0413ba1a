import { type Deferred, deferred, within } from '../node/turn.js';

/** Wakes whoever waits for something to be over, each time that something has ended. */
export class Progress {
  readonly #waiting = new Set<Deferred>();
  readonly #watchers = new Set<() => void>();

  /** @param whole - the progress of what this is a part of, which is made with it */
  constructor(readonly whole?: Progress) {}

  made(): void {
    for (const waiting of this.#waiting) waiting.resolve();
    for (const watcher of this.#watchers) watcher();
    this.whole?.made();
  }

  /** What is waited for has come nearer: of connections there are many, and nobody waits for a single one. */
  changed(): void {
    for (const watcher of this.#watchers) watcher();
    this.whole?.changed();
  }

  /** Calls back at each progress and change. Returns a function that ends it. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
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
