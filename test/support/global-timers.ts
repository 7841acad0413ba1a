/**
 * In the place of core's node/timers and node/clock, whose timers and clock are real whatever happens: these are
 * the global ones, so that a test can fake them.
 */

export const setTimeout = (callback: () => void, ms: number) => globalThis.setTimeout(callback, ms);
export const setInterval = (callback: () => void, ms: number) => globalThis.setInterval(callback, ms);
export const setImmediate = (callback: () => void) => globalThis.setImmediate(callback);
export const clearTimeout = (timer: NodeJS.Timeout | undefined) => globalThis.clearTimeout(timer);
export const nextTick = (callback: () => void) => process.nextTick(callback);

export const now = () => globalThis.performance.now();
export const elapsed = (since: number) => Math.round(now() - since);
