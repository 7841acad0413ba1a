import type { DrainReport } from '../drain/report.js';

/** What came of a drain: "drained in 1.2 s: 3 requests completed"; then a line for each thing that went wrong. */
export function describeReport({ durationMs, hooks, outcome, ...report }: DrainReport): string[] {
  const failed = hooks.filter(({ error }) => error !== undefined);
  return [
    `${outcome} in ${seconds(durationMs)}: ${describeEnds(report.requests)}`,
    ...report.stuck.map(({ method, url, ageMs }) => `cut off ${method} ${url} after ${seconds(ageMs)}`),
    ...report.background.map(({ name, ageMs }) => `did not wait for ${name} after ${seconds(ageMs)}`),
    ...failed.map(({ name, error }) => `hook ${name} failed (${error})`),
    ...report.faults.map(({ what, error }) => `${what} threw (${error})`),
  ];
}

function describeEnds({ completed, rejected, aborted, forced }: DrainReport['requests']): string {
  const ends = Object.entries({ completed, rejected, aborted, forced }).filter(([, count]) => count > 0);
  const texts = ends.map(([how, count], index) => {
    const noun = index > 0 ? '' : count === 1 ? 'request ' : 'requests ';
    return `${count} ${noun}${how}`;
  });
  return texts.join(', ') || 'no requests';
}

/** "1.2 s" */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
