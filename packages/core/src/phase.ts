/**
 * The phases of a drain, forward only.
 *
 * ```
 * serving ──shutdown()──▶ lame-duck ──────────▶ draining ───────────▶ closed
 *                         ready is false;       listeners closed;     every socket closed,
 *                         still served,         in-flight requests    hooks run, resolved
 *                         answers say close     finish                    ▲
 *                             │                     │                     │
 *                             └──force()/deadline───┴──▶ forcing ─────────┘
 *                                                        forceSignal, then destroy
 * ```
 *
 * What ends each phase:
 * - `serving`: the first call of `shutdown()` (or of `force()`).
 * - `lame-duck`: `lameDuckMs`, or `quietMs` without new work, and the beforeDrain hooks; `force()` or the deadline.
 * - `draining`: the last connection, background work and hook; or `force()` or the deadline.
 * - `forcing`: every socket destroyed and the afterDrain hooks done, at the latest the deadline.
 * - `closed`: nothing; it is final.
 */
export type Phase = 'serving' | 'lame-duck' | 'draining' | 'forcing' | 'closed';

const NEXT: Record<Phase, readonly Phase[]> = {
  serving: ['lame-duck'],
  'lame-duck': ['draining', 'forcing'],
  draining: ['forcing', 'closed'],
  forcing: ['closed'],
  closed: [],
};

/** All phases, in their order. */
export const PHASES = Object.keys(NEXT) as readonly Phase[];

/** Milliseconds spent in each phase of the drain; a phase that was skipped has 0. */
export type PhaseDurations = Record<Exclude<Phase, 'serving' | 'closed'>, number>;

/** Monotonic clock, in milliseconds. */
export const now = (): number => performance.now();

/** Whole milliseconds since `since`, a reading of {@link now}. */
export const elapsed = (since: number): number => Math.round(now() - since);

/** The current phase and the time spent in those before it. Only {@link PhaseClock.enter} changes it. */
export class PhaseClock {
  #phase: Phase = 'serving';
  #since = now();
  readonly #spent: PhaseDurations = { 'lame-duck': 0, draining: 0, forcing: 0 };

  get current(): Phase {
    return this.#phase;
  }

  /** Goes to `phase`. Returns false, and stays, where the table of transitions does not lead there. */
  enter(phase: Phase): boolean {
    if (!NEXT[this.#phase].includes(phase)) return false;
    if (this.#phase in this.#spent) this.#spent[this.#phase as keyof PhaseDurations] = elapsed(this.#since);
    this.#phase = phase;
    this.#since = now();
    return true;
  }

  durations(): PhaseDurations {
    return { ...this.#spent };
  }
}
