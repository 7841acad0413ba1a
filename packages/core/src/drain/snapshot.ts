import type { ConnectionState } from '../traffic/connection.js';
import type { DrainSnapshot } from './drain.js';
import type { DrainState } from './drain-state.js';

export function takeSnapshot(state: DrainState): DrainSnapshot {
  const { before, after, background, clock, ledger, options, phase, servers } = state;
  return {
    phase,
    ready: phase === 'serving',
    inFlight: state.inFlight,
    durationMs: clock.durationMs,
    leftMs: clock.leftMs,
    deadlineMs: options.deadlineMs,
    outcome: state.outcome,
    requests: [...ledger.inFlight].map((exchange) => exchange.describe(options.urls)),
    connections: countConnections(state),
    background: background.list(),
    hooks: [...before.unsettled, ...after.unsettled],
    totals: { ...ledger.requests },
    servers: [...servers.all].map(({ name, address, connections, probe }) => {
      return { name, address, connections: connections.size, probe };
    }),
  };
}

function countConnections({ servers }: DrainState): DrainSnapshot['connections'] {
  const counts: Record<ConnectionState, number> = { handshake: 0, new: 0, idle: 0, active: 0, upgraded: 0 };
  for (const { connections } of servers.main) {
    for (const { state } of connections.values()) counts[state]++;
  }
  return { open: servers.openConnections, ...counts };
}
