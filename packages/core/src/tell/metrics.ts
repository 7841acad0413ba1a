import type { DrainSnapshot } from '../drain/drain.js';
import { PHASES } from '../drain/phase.js';

/** One thing that is measured of a drain, for every system of metrics. */
export interface DrainMetric {
  name: string;
  help: string;
  kind: 'gauge' | 'counter';
  /** What tells its values apart, where it has several. */
  label?: string;
  unit?: 'seconds';
  /** Its values now, by label; without a label there is one, under ''. */
  values(snapshot: DrainSnapshot): Record<string, number>;
}

const one = (value: number): Record<string, number> => ({ '': value });

export const METRICS: readonly DrainMetric[] = [
  {
    name: 'phase',
    help: 'The phase of the drain: 1 for the current one, 0 for the others',
    kind: 'gauge',
    label: 'phase',
    values: ({ phase }) => Object.fromEntries(PHASES.map((name) => [name, Number(name === phase)])),
  },
  {
    name: 'ready',
    help: '1 while serving, 0 from the beginning of the drain on',
    kind: 'gauge',
    values: ({ ready }) => one(Number(ready)),
  },
  {
    name: 'requests_in_flight',
    help: 'Requests in flight; health probes are not counted',
    kind: 'gauge',
    values: ({ requests }) => one(requests.length),
  },
  {
    name: 'background_in_flight',
    help: 'Background work that has not settled',
    kind: 'gauge',
    values: ({ background }) => one(background.length),
  },
  {
    name: 'connections',
    help: 'Open connections, by state',
    kind: 'gauge',
    label: 'state',
    values: ({ connections: { open, ...byState } }) => byState,
  },
  {
    name: 'duration',
    help: 'How long the drain has taken so far; 0 while serving',
    kind: 'gauge',
    unit: 'seconds',
    values: ({ durationMs }) => one((durationMs ?? 0) / 1_000),
  },
  {
    name: 'deadline',
    help: 'What a drain has until its deadline',
    kind: 'gauge',
    unit: 'seconds',
    values: ({ deadlineMs }) => one(deadlineMs / 1_000),
  },
  {
    name: 'deadline_left',
    help: 'How much of the deadline is left; all of it while serving',
    kind: 'gauge',
    unit: 'seconds',
    values: ({ deadlineMs, durationMs, leftMs }) => {
      const leftAtTheEnd = Math.max(0, deadlineMs - (durationMs ?? 0));
      return one((leftMs ?? leftAtTheEnd) / 1_000);
    },
  },
  {
    name: 'outcome',
    help: 'How the drain ended: 1 for what it was; forced from the beginning of forcing on, all 0 until it is known',
    kind: 'gauge',
    label: 'outcome',
    values: ({ outcome }) =>
      Object.fromEntries(['drained', 'forced'].map((name) => [name, Number(name === outcome)])),
  },
  {
    name: 'hooks_pending',
    help: 'Hooks of beforeDrain and afterDrain that have not settled',
    kind: 'gauge',
    values: ({ hooks }) => one(hooks.length),
  },
  {
    name: 'servers',
    help: 'Tracked servers that listen or have connections; those of probes answer until all else is closed',
    kind: 'gauge',
    label: 'kind',
    values: ({ servers }) => {
      const probes = servers.filter(({ probe }) => probe).length;
      return { main: servers.length - probes, probe: probes };
    },
  },
  {
    name: 'requests',
    help: 'Requests that have ended since the drain began, by how they did',
    kind: 'counter',
    label: 'outcome',
    values: ({ totals: { completed, rejected, aborted, forced } }) => ({
      completed,
      rejected,
      aborted,
      forced,
    }),
  },
  {
    name: 'late_requests',
    help: 'Requests that arrived after draining had begun',
    kind: 'counter',
    values: ({ totals }) => one(totals.late),
  },
];
