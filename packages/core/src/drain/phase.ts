import { elapsed, now } from '../node/clock.js';

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

/** The current phase, the time spent in those before it, and the time that is left. */
export class PhaseClock {
  /** When the run through the phases is over at the latest, a reading of {@link now}. */
  endAt = Infinity;
  #phase: Phase = 'serving';
  #since = now();
  #beganAt = 0;
  readonly #spent: PhaseDurations = { 'lame-duck': 0, draining: 0, forcing: 0 };

  get current(): Phase {
    return this.#phase;
  }

  /** Goes to `phase`. Returns false, and stays, where the table of transitions does not lead there. */
  enter(phase: Phase): boolean {
    if (!NEXT[this.#phase].includes(phase)) return false;
    if (this.#phase in this.#spent) this.#spent[this.#phase as keyof PhaseDurations] = elapsed(this.#since);
    this.#since = now();
    if (this.#phase === 'serving') this.#beganAt = this.#since;
    this.#phase = phase;
    return true;
  }

  /** Milliseconds since serving ended; once closed, those that it took; null while serving. */
  get durationMs(): number | null {
    if (this.#phase === 'serving') return null;
    if (this.#phase !== 'closed') return elapsed(this.#beganAt);
    return Object.values(this.#spent).reduce((sum, ms) => sum + ms);
  }

  /** Milliseconds until the deadline; null while serving and once closed. */
  get leftMs(): number | null {
    if (this.#phase === 'serving' || this.#phase === 'closed') return null;
    return Math.max(0, Math.round(this.endAt - now()));
  }

  durations(): PhaseDurations {
    return { ...this.#spent };
  }
}
