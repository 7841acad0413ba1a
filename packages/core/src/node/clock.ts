import { performance } from 'node:perf_hooks';
import { beneathFakes } from './timers.js';

/** Monotonic clock, in milliseconds: the real one, taken when this module loads. */
export const now: () => number = beneathFakes(performance, 'now').bind(performance);

/** Whole milliseconds since `since`, a reading of {@link now}. */
export const elapsed = (since: number): number => Math.round(now() - since);
