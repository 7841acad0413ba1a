import type { BackgroundWork } from './background.js';
import type { DrainState } from './drain-state.js';
import type { DrainReport } from './report.js';

/** @param background - the background work that was given up */
export function makeReport(state: DrainState, background: BackgroundWork[]): DrainReport {
  const { after, before, clock, faults, forcing, lateServers, ledger } = state;
  return {
    outcome: forcing.signal.aborted ? 'forced' : 'drained',
    durationMs: clock.durationMs ?? 0,
    phases: clock.durations(),
    requests: { ...ledger.requests },
    connections: { ...ledger.connections },
    stuck: [...ledger.stuck],
    background,
    hooks: [...before.reports(), ...after.reports()],
    lateServers: [...lateServers],
    faults: faults.list,
    warnings: [...state.warnings],
  };
}
