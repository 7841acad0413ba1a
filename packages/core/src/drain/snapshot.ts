import type { ConnectionState } from '../traffic/connection.js';
import type { RequestInfo } from '../traffic/exchange.js';
import type { DrainSnapshot } from './drain.js';
import type { DrainState } from './drain-state.js';
import { total } from './total.js';

/** A copy of all counts, those of the parts included. */
export function takeSnapshot(state: DrainState): DrainSnapshot {
  const { clock, family, options, phase } = state;
  const requests = family.flatMap(({ ledger }) => {
    return [...ledger.inFlight].map((exchange) => exchange.describe(options.urls));
  });
  return {
    phase,
    ready: state.readiness === 'ready',
    inFlight: state.inFlight,
    durationMs: clock.durationMs,
    leftMs: clock.leftMs,
    deadlineMs: options.deadlineMs,
    outcome: state.outcome,
    requests: family.length > 1 ? requests.sort((a, b) => b.ageMs - a.ageMs) : requests,
    connections: total(family.map(countConnections)),
    upgraded: upgradesOf(state),
    background: family.flatMap(({ background }) => background.list()),
    hooks: unsettledHooks(state),
    totals: total(family.map(({ ledger }) => ledger.requests)),
    servers: family.flatMap(({ servers }) =>
      [...servers.all].map(({ name, address, connections, probe }) => {
        return { name, address, connections: connections.size, probe };
      }),
    ),
  };
}

/** The sockets that were handed over, oldest first. */
export function upgradesOf({ family, options }: DrainState): RequestInfo[] {
  const servers = family.flatMap(({ servers }) => servers.main);
  return servers
    .flatMap(({ connections }) => [...connections.values()])
    .flatMap((connection) => connection.describeUpgrade(options.urls) ?? [])
    .sort((a, b) => b.ageMs - a.ageMs);
}

/** Hooks that have not settled, in the order in which they run: those of the parts before the drain's own. */
export function unsettledHooks({ family }: DrainState): string[] {
  return [
    ...family.flatMap(({ before }) => before.unsettled),
    ...family.toReversed().flatMap(({ after }) => after.unsettled),
  ];
}

function countConnections({ servers }: DrainState): DrainSnapshot['connections'] {
  const counts: Record<ConnectionState, number> = { handshake: 0, new: 0, idle: 0, active: 0, upgraded: 0 };
  for (const { connections } of servers.main) {
    for (const { state } of connections.values()) counts[state]++;
  }
  return { open: servers.openConnections, ...counts };
}
