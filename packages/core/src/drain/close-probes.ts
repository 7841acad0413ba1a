import { now } from '../node/clock.js';
import type { DrainState } from './drain-state.js';
import { destroyServers, forcingMs } from './forcing.js';
import { stopAccepting } from './settle.js';
import { until } from './until.js';

/**
 * The probe servers are the last: they have answered until everything else was closed.
 *
 * @param force - what is under way on them holds the drain to its end
 */
export async function closeProbes(state: DrainState, force: () => void): Promise<void> {
  const { clock, servers } = state;
  const probes = servers.probes;
  if (probes.length === 0) return;
  for (const server of probes) server.announce();
  await stopAccepting(probes, () => now() < clock.endAt);
  for (const server of probes) server.retire();
  await until(state, () => servers.probes.length === 0, 1, clock.endAt - forcingMs(state));
  if (servers.probes.length === 0) return;
  force();
  await destroyServers(state, () => servers.probes);
}
