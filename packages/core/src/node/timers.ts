import nodeTimers from 'node:timers';
import { socketTimers, type Timer, type Timers } from './socket-timers.js';

export type { Timer };

/** What Sinon, Jest and Vitest put in the place of a function: its clock has the one that was there before. */
interface Fake {
  readonly clock?: Record<string, unknown>;
}

/** The real `target[name]`, beneath the fakes of those libraries. */
export function beneathFakes<T, Name extends keyof T & string>(target: T, name: Name): T[Name] {
  let found = target[name];
  for (let { clock } = found as Fake; clock?.[`_${name}`]; { clock } = found as Fake) {
    found = clock[`_${name}`] as T[Name];
  }
  return found;
}

/** Those of the module: Jest gives its environments others. */
const beneath: Timers = {
  setTimeout: beneathFakes(nodeTimers, 'setTimeout'),
  setInterval: beneathFakes(nodeTimers, 'setInterval'),
  setImmediate: beneathFakes(nodeTimers, 'setImmediate'),
};

/** A timer of Node's turns into a number (Node documentation, Timeout); those of `node:test`, which hide Node's, do not. */
function areReal({ setTimeout }: Timers): boolean {
  const timer = setTimeout(() => {}, 1);
  clearTimeout(timer);
  return typeof timer === 'object' && Symbol.toPrimitive in timer;
}

/** Ends a timeout or an interval. */
export const clearTimeout = (timer: Timer | undefined): unknown => timer?.close?.();

const real = areReal(beneath) ? beneath : socketTimers;

/**
 * Timers of the real clock, taken when this module loads: fake ones, whoever installs them and whenever, hold no drain
 * up. Core uses no others.
 */
export const { setInterval, setImmediate } = real;

/** What is due already is due at once: Node warns of a negative time (from 24 on). */
export const setTimeout: Timers['setTimeout'] = (callback, ms) => real.setTimeout(callback, Math.max(0, ms));

/** `process.nextTick`, the real one. */
export const nextTick: (callback: () => void) => void = beneathFakes(process, 'nextTick').bind(process);
