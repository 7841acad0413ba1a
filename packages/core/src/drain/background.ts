import { elapsed, now } from '../node/clock.js';
import { describeError } from './errors.js';

/** Work that counts as in flight until its promise settles. */
export interface BackgroundWork {
  name: string;
  /** Milliseconds since it was handed to `waitUntil()`. */
  ageMs: number;
}

/** The background work that has not settled yet. */
export class Background {
  readonly #running = new Set<{ name: string; since: number }>();
  /** What had not settled when it was no longer waited for. */
  givenUp: BackgroundWork[] = [];

  /**
   * @param onSettled - called each time a piece of work has settled
   * @param onFailed - called with the name and the text of the error, before `onSettled`, if it was rejected
   */
  constructor(
    readonly onSettled: () => void,
    readonly onFailed: (name: string, error: string) => void,
  ) {}

  get size(): number {
    return this.#running.size;
  }

  add(promise: PromiseLike<unknown>, name: string): void {
    const work = { name, since: now() };
    this.#running.add(work);
    const settled = () => {
      this.#running.delete(work);
      this.onSettled();
    };
    // A promise of another library may throw in its then(), settle twice, or settle while it is being asked.
    new Promise((resolve) => resolve(promise)).then(settled, (error: unknown) => {
      try {
        this.onFailed(name, describeError(error));
      } finally {
        settled();
      }
    });
  }

  /** It is no longer waited for. */
  giveUp(): void {
    this.givenUp = this.list();
    this.#running.clear();
  }

  list(): BackgroundWork[] {
    return [...this.#running.values()].map(({ name, since }) => ({ name, ageMs: elapsed(since) }));
  }
}
