import type { Socket } from 'node:net';
import { plugAcceptQueue, shrinkAcceptQueue } from '../node/accept-queue.js';
import { turn } from '../node/turn.js';
import type { TrackedServer } from '../traffic/tracked-server.js';

/**
 * Loop turns in a row that bring nothing, after which nothing is left in socket buffers, nor in an accept queue of
 * which nothing better shows it. A turn reads what lies in all buffers; but from Node 22 on it accepts about one
 * connection only.
 */
const QUIET_TURNS = 5;

/** Loop turns after which it is clear that connections go on coming. */
const MANY_TURNS = 10;

/** No accept queue is longer (Linux' default of net.core.somaxconn): after as many, all that waited are in. */
const LONGEST_QUEUE = 4096;

/**
 * Accepts what waits in the accept queues, closes the listening sockets, and reads what lies in the buffers of the
 * connections; at the latest when `goOn` says no.
 *
 * A listening socket that others hold as well (a cluster, `listen({ fd })`, `listen(handle)`) is closed at once: what
 * waits in it is theirs, and under load its queue is never empty.
 */
export async function stopAccepting(servers: readonly TrackedServer[], goOn: () => boolean): Promise<void> {
  const own = servers.filter(({ acceptQueue, server }) => server.listening && !acceptQueue.isHeld);
  for (const server of servers) if (!own.includes(server)) server.stopListening();
  await Promise.all(own.map((server) => closeEmpty(server, goOn)));
  await readAll(servers, goOn);
}

/** Reads what lies in the buffers of the connections; at the latest when `goOn` says no. */
export async function readAll(servers: readonly TrackedServer[], goOn: () => boolean): Promise<void> {
  const ledgers = new Set(servers.map(({ ledger }) => ledger));
  const arrivals = () => [...ledgers].reduce((sum, ledger) => sum + ledger.arrivals, 0);
  await quiet(arrivals, () => goOn() && servers.some(({ closed }) => !closed));
}

/**
 * Closes a listening socket once its accept queue is empty: QUIET_TURNS have brought no connection.
 *
 * Where the socket is ours, its queue is shrunk, so that it cannot refill; and where nobody else listens on the port,
 * a connection of ours shows that it is empty, by getting its only place. An accept queue is first-in first-out; it is
 * not shrunk before two turns have brought nothing (the first may be at its end, and accept nothing any more), or many
 * have brought something: whoever connects to a full queue waits a second before he is refused.
 */
async function closeEmpty(server: TrackedServer, goOn: () => boolean): Promise<void> {
  const { isOurs, isAlone } = server.acceptQueue;
  let plug: Socket | undefined;
  let turns = 0;
  let shrunk = false;
  const accepted = () => server.accepted;
  await quiet(accepted, goOn, async (quietTurns) => {
    if (++turns < MANY_TURNS && quietTurns < 2) return false;
    shrunk ||= isOurs && shrinkAcceptQueue(server.server);
    plug = shrunk && isAlone ? await plugAcceptQueue(server.server) : undefined;
    return plug !== undefined;
  });
  server.stopListening();
  plug?.destroy();
}

/** Loop turns, until `isOver`, asked after each of them, or QUIET_TURNS of them in a row have brought nothing. */
async function quiet(
  arrivals: () => number,
  goOn: () => boolean,
  isOver: (quietTurns: number) => Promise<boolean> = async () => false,
): Promise<void> {
  const limit = arrivals() + LONGEST_QUEUE;
  for (let quietTurns = 0; quietTurns < QUIET_TURNS && goOn() && arrivals() < limit; ) {
    const before = arrivals();
    await turn();
    quietTurns = arrivals() === before ? quietTurns + 1 : 0;
    if (await isOver(quietTurns)) return;
  }
}
