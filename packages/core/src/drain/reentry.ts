import type { DrainState } from './drain-state.js';
import { hookOf } from './hooks.js';

/** Is a part drained with its whole? */
export function isLed({ whole }: DrainState): boolean {
  return whole !== undefined && whole.phase !== 'serving' && whole.phase !== 'closed';
}

/** Is the caller a hook of this drain, of its whole, or of another part? */
export function isInHook(state: DrainState): boolean {
  const { whole = state } = state;
  const hook = hookOf();
  return hook !== undefined && whole.family.some((one) => one === hook);
}

/** Is the caller a hook that has to settle before this drain can close? Whoever waited for it there would wait for ever. */
export function waitsForCaller(state: DrainState): boolean {
  if (!isInHook(state)) return false;
  return !state.whole || hookOf() === state || (isLed(state) && state.phase === 'lame-duck');
}
