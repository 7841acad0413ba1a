import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';

/** The end of a lame duck: its last quarter, a second at the most. */
const LONGEST_END_MS = 1_000;

/**
 * Counts the requests that come at the end of a lame duck. Whoever sends them has not noticed that this process goes: a
 * load balancer that needs longer, or clients that never ask. Some of what they send next is lost.
 */
export class EndOfLameDuck {
  readonly #lameDuckMs: number;
  readonly #endMs: number;
  readonly #seen: () => number;
  #seenBefore: number | undefined;
  readonly #timer: Timer;

  /** @param seen - how many requests have come so far, health probes aside */
  constructor(lameDuckMs: number, seen: () => number) {
    this.#lameDuckMs = lameDuckMs;
    this.#endMs = Math.min(LONGEST_END_MS, lameDuckMs / 4);
    this.#seen = seen;
    this.#timer = setTimeout(() => {
      this.#seenBefore = seen();
    }, lameDuckMs - this.#endMs);
  }

  /** The lame duck is over: how many have come at its end. None if it was over early. */
  count(): number {
    clearTimeout(this.#timer);
    return this.#seenBefore === undefined ? 0 : this.#seen() - this.#seenBefore;
  }

  /** What a count of some means. */
  describe(count: number): string {
    const requests = count === 1 ? '1 request' : `${count} requests`;
    return (
      `the lame duck of ${this.#lameDuckMs} ms was too short: ${requests} came in its last ` +
      `${this.#endMs} ms, and those that follow may be lost; make it longer than the load balancer needs`
    );
  }
}
