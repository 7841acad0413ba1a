import { now } from '../node/clock.js';
import { clearTimeout, setImmediate, setTimeout, type Timer } from '../node/timers.js';

/** So long calls are made in one go; then what has arrived meanwhile is read, before the next of them. */
const SLICE_MS = 1;

/** Calls that are still to come. */
export interface Spread {
  /** Makes them now. */
  hurry(): void;
  /** None of them is made. */
  stop(): void;
}

/**
 * Makes calls one after the other, evenly over so many milliseconds; the first of them at once.
 *
 * @param beforeSlice - called before those that are made in one go
 */
export function spread(calls: readonly (() => void)[], ms: number, beforeSlice = () => {}): Spread {
  const beganAt = now();
  let next = 0;
  let timer: Timer | undefined;
  let isOver = false;
  const step = () => {
    if (isOver || next === calls.length) return;
    const dueMs = () => beganAt + (next * ms) / calls.length - now();
    if (dueMs() <= 0) beforeSlice();
    for (const since = now(); dueMs() <= 0; ) {
      calls[next++]?.();
      if (next === calls.length) return;
      if (now() - since > SLICE_MS) break;
    }
    if (dueMs() <= 0) setImmediate(step);
    else timer = setTimeout(step, Math.ceil(dueMs()));
  };
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
  };
  step();
  return {
    stop,
    hurry() {
      stop();
      beforeSlice();
      while (next < calls.length) calls[next++]?.();
    },
  };
}
