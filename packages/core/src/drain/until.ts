import { now } from '../node/clock.js';
import type { DrainState } from './drain-state.js';

/**
 * The one way in which a drain waits: until `over` holds, at most for a share of the time until `lastAt` or the end,
 * whichever is first. If `force()` brings the end nearer, it is a share of what is left then.
 */
export async function until(
  { clock, progress }: DrainState,
  over: () => boolean,
  share = 1,
  lastAt = Infinity,
): Promise<void> {
  let endAt: number | undefined;
  let giveUpAt = 0;
  while (!over()) {
    if (endAt !== clock.endAt) {
      endAt = clock.endAt;
      giveUpAt = now() + (Math.min(endAt, lastAt) - now()) * share;
    }
    if (!(await progress.within(giveUpAt - now()))) return;
  }
}
