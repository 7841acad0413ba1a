import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';

/** Calls that are still to come. */
export interface Spread {
  /** Makes them now. */
  hurry(): void;
  /** None of them is made. */
  stop(): void;
}

/** Makes calls one after the other, evenly over so many milliseconds. */
export function spread(calls: readonly (() => void)[], ms: number): Spread {
  const beganAt = now();
  let next = 0;
  let timer: Timer | undefined;
  const step = () => {
    const dueMs = () => beganAt + (next * ms) / calls.length - now();
    for (; next < calls.length && dueMs() <= 0; next++) calls[next]?.();
    if (next < calls.length) timer = setTimeout(step, Math.ceil(dueMs()));
  };
  const stop = () => clearTimeout(timer);
  step();
  return {
    stop,
    hurry() {
      stop();
      while (next < calls.length) calls[next++]?.();
    },
  };
}
