import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';
import type { Fault } from './faults.js';
import type { DrainedServer, DrainReport } from './report.js';
import { total } from './total.js';

/** What the code of others threw. */
export const faultsOf = ({ family }: DrainState): Fault[] => family.flatMap(({ faults }) => faults.list);

/** What a drain did, its parts included. */
export function makeReport(state: DrainState): DrainReport {
  const { clock, family } = state;
  const outcome = state.outcome ?? 'drained';
  const hooks = [
    ...family.flatMap(({ before }) => before.reports()),
    ...family.toReversed().flatMap(({ after }) => after.reports()),
  ];
  const faults = faultsOf(state);
  return {
    outcome,
    clean: outcome === 'drained' && faults.length === 0 && hooks.every(({ error }) => error === undefined),
    durationMs: clock.durationMs ?? 0,
    phases: clock.durations(),
    requests: total(family.map(({ ledger }) => ledger.requests)),
    connections: total(family.map(({ ledger }) => ledger.connections)),
    stuck: family.flatMap(({ ledger, servers }) => [
      ...ledger.stuck,
      ...servers.probeLedger.stuck.map((one) => ({ ...one, probe: true as const })),
    ]),
    background: family.flatMap(({ background }) => background.givenUp),
    hooks,
    servers: family.flatMap(({ drainedServers }) => drainedServers),
    lateServers: family.flatMap(({ lateServers }) => lateServers),
    late: state.late,
    faults,
    warnings: family.flatMap(({ warnings }) => [...warnings]),
  };
}

export const drainedServer = ({ name, address, probe }: TrackedServer): DrainedServer =>
  name === undefined ? { address, probe } : { name, address, probe };
