import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { now } from '../node/clock.js';
import { setTimeout } from '../node/timers.js';

/** Nothing has come for so long: nothing is on its way. */
const QUIET_MS = 200;
/** Connections go on coming: this worker alone is stopped, and they are for the others. */
const LONGEST_MS = 1_000;

/**
 * In a worker of a cluster: resolves once no connection has come for a while. Where its primary got the signal at the
 * same time (Ctrl-C, systemd), what waits there can only be handed to workers that still listen.
 */
export async function untilHandedOut(servers: Iterable<Server>): Promise<void> {
  if (!cluster.isWorker) return;
  let arrivals = 0;
  const count = () => arrivals++;
  for (const server of servers) server.on('connection', count);
  const endAt = now() + LONGEST_MS;
  for (let before = -1; before !== arrivals && now() < endAt; ) {
    before = arrivals;
    await new Promise<void>((resolve) => setTimeout(resolve, QUIET_MS));
  }
  for (const server of servers) server.off('connection', count);
}
