/** Monotonic clock, in milliseconds. */
export const now = (): number => performance.now();

/** Whole milliseconds since `since`, a reading of {@link now}. */
export const elapsed = (since: number): number => Math.round(now() - since);
