import type { Socket } from 'node:net';
import { plugAcceptQueue, sharesListeningSocket, shrinkAcceptQueue } from './node-internals.js';
import type { TrackedServer } from './tracked-server.js';
import { turn } from './turn.js';

/**
 * Loop turns in a row that bring nothing, after which nothing is left in accept queues and socket buffers. A turn
 * reads what lies in all buffers; but from Node 22 on it accepts about one connection only.
 */
const QUIET_TURNS = 5;

/** No accept queue is longer (Linux' default of net.core.somaxconn): after as many, all that waited are in. */
const LONGEST_QUEUE = 4096;

/**
 * Accepts what waits in the accept queues, then closes the listening sockets, then reads what lies in the buffers of
 * the connections. An accept queue is first-in first-out and is shrunk before, so this ends under fire too; at the
 * latest when `goOn` says no.
 *
 * A listening socket that somebody else holds as well is closed at once: what waits in it is theirs.
 */
export async function stopAccepting(servers: readonly TrackedServer[], goOn: () => boolean): Promise<void> {
  const own = servers.filter(({ server }) => server.listening && !sharesListeningSocket(server));
  for (const server of servers) if (!own.includes(server)) server.stopListening();
  for (const { server } of own) shrinkAcceptQueue(server);
  await quiet(servers, goOn);
  for (const server of own) {
    const plug = await plugged(server);
    server.stopListening();
    plug?.destroy();
  }
  await turn();
}

/** How often a connection of ours may find the accept queue taken by somebody else's, which a turn then accepts. */
const PLUG_TRIES = 20;

async function plugged({ server }: TrackedServer): Promise<Socket | undefined> {
  for (let tries = 0; tries < PLUG_TRIES; tries++) {
    const plug = await plugAcceptQueue(server);
    if (plug) return plug;
    await turn();
  }
  return undefined;
}

async function quiet(servers: readonly TrackedServer[], goOn: () => boolean): Promise<void> {
  const ledgers = new Set(servers.map(({ ledger }) => ledger));
  const arrivals = () => [...ledgers].reduce((sum, ledger) => sum + ledger.arrivals, 0);
  const limit = arrivals() + LONGEST_QUEUE;
  for (let quietTurns = 0; quietTurns < QUIET_TURNS && goOn() && arrivals() < limit; ) {
    const before = arrivals();
    await turn();
    quietTurns = arrivals() === before ? quietTurns + 1 : 0;
  }
}
