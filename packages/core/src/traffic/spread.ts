import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';

/** Makes calls one after the other, evenly over so many milliseconds. Returns a function that ends it. */
export function spread(calls: readonly (() => void)[], ms: number): () => void {
  const beganAt = now();
  let next = 0;
  let timer: Timer | undefined;
  const step = () => {
    const dueMs = () => beganAt + (next * ms) / calls.length - now();
    for (; next < calls.length && dueMs() <= 0; next++) calls[next]?.();
    if (next < calls.length) timer = setTimeout(step, Math.ceil(dueMs()));
  };
  step();
  return () => clearTimeout(timer);
}
