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
