import { beneathFakes } from './timers.js';

const hrtime = beneathFakes(process, 'hrtime').bind(process);

/**
 * Monotonic clock, in milliseconds: the real one, taken when this module loads. Not that of `performance`, which most
 * processes would load for it.
 */
export function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Whole milliseconds since `since`, a reading of {@link now}. */
export const elapsed = (since: number): number => Math.round(now() - since);

/** Milliseconds since 1970, whatever fakes there are of `Date`. */
export function wallTime(): number {
  const { performance } = process.getBuiltinModule('node:perf_hooks');
  return Math.round(performance.timeOrigin + beneathFakes(performance, 'now').call(performance));
}
