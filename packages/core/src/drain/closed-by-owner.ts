import { now } from '../node/clock.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';
import { readAll } from './settle.js';

/**
 * The owner of a server closes its idle connections while the drain runs, or closes it and waits for the last of them: a
 * hook may, for which the drain waits in turn. They go as they do when draining begins, once all that has come is read.
 */
export async function onClosedByOwner(
  { clock, faults }: DrainState,
  server: TrackedServer,
  what: 'idle' | 'all',
): Promise<void> {
  await readAll([server], () => now() < clock.endAt);
  faults.call('the end of a server', () => (what === 'all' ? server.retire() : server.closeIdle()));
}
