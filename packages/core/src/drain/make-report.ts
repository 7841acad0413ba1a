import type { DrainState } from './drain-state.js';
import type { Fault } from './faults.js';
import type { DrainReport } from './report.js';
import { total } from './total.js';

/** What the code of others threw. */
export const faultsOf = ({ family }: DrainState): Fault[] => family.flatMap(({ faults }) => faults.list);

/** What a drain did, its parts included. */
export function makeReport(state: DrainState): DrainReport {
  const { clock, family } = state;
  return {
    outcome: state.outcome ?? 'drained',
    durationMs: clock.durationMs ?? 0,
    phases: clock.durations(),
    requests: total(family.map(({ ledger }) => ledger.requests)),
    connections: total(family.map(({ ledger }) => ledger.connections)),
    stuck: family.flatMap(({ ledger }) => ledger.stuck),
    background: family.flatMap(({ background }) => background.givenUp),
    hooks: [
      ...family.flatMap(({ before }) => before.reports()),
      ...family.toReversed().flatMap(({ after }) => after.reports()),
    ],
    lateServers: family.flatMap(({ lateServers }) => lateServers),
    faults: faultsOf(state),
    warnings: family.flatMap(({ warnings }) => [...warnings]),
  };
}
