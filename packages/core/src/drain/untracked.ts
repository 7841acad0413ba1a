import { listeningHttpServers, ownership } from '../traffic/discovery.js';
import { addressOf } from '../traffic/listening-socket.js';
import type { DrainState } from './drain-state.js';

/** A drain without a server, while the process listens, is one that somebody has forgotten to tell. */
export function warnOfUntracked(state: DrainState): void {
  if (state.whole || state.family.some(({ drainedServers }) => drainedServers.length > 0)) return;
  const untracked = listeningHttpServers().filter((server) => !ownership.isOwned(server));
  if (untracked.length === 0) return;
  const addresses = untracked.map(addressOf);
  state.warn(
    { untracked: addresses },
    `no server is tracked, but this process listens at ${addresses.join(', ')}: ` +
      'call track(server), or make the middleware or register the plugin before listen()',
  );
}
