import type { ConnectionState } from './connection.js';
import type { DrainSnapshot } from './drain.js';
import type { DrainTracker } from './drain-tracker.js';
import type { Shutdown } from './shutdown.js';

export function takeSnapshot(drain: DrainTracker, shutdown: Shutdown | undefined): DrainSnapshot {
  const { before, after, background, ledger, options, servers } = drain;
  return {
    phase: drain.phase,
    ready: drain.ready,
    inFlight: drain.inFlight,
    durationMs: shutdown?.durationMs ?? null,
    leftMs: shutdown?.leftMs ?? null,
    requests: [...ledger.inFlight].map((exchange) => exchange.describe(options.urls)),
    connections: countConnections(drain),
    background: background.list(),
    hooks: [...before.unsettled, ...after.unsettled],
    totals: { ...ledger.requests },
    servers: [...servers.all].map(({ name, address, connections, probe }) => {
      return { name, address, connections: connections.size, probe };
    }),
  };
}

function countConnections({ servers }: DrainTracker): DrainSnapshot['connections'] {
  const counts: Record<ConnectionState, number> = { handshake: 0, new: 0, idle: 0, active: 0, upgraded: 0 };
  for (const { connections } of servers.main) {
    for (const { state } of connections.values()) counts[state]++;
  }
  return { open: servers.openConnections, ...counts };
}
