import type { DrainReport } from '../drain/report.js';

/** What came of a drain: "drained in 1.2 s: 3 requests completed"; then a line for each thing that went wrong. */
export function describeReport({ durationMs, hooks, outcome, ...report }: DrainReport): string[] {
  const failed = hooks.filter(({ error }) => error !== undefined);
  return [
    `${outcome} in ${seconds(durationMs)}: ${describeEnds(report.requests)}`,
    ...report.stuck.map((stuck) => `cut off ${describeStuck(stuck)} after ${seconds(stuck.ageMs)}`),
    ...report.background.map(({ name, ageMs }) => `did not wait for ${name} after ${seconds(ageMs)}`),
    ...failed.map(({ name, error }) => `hook ${name} failed (${error})`),
    ...report.faults.map(({ what, error }) => `${what} threw (${error})`),
  ];
}

/** A request; or a socket that was handed over, of which it may be known by whom. */
export function describeStuck({
  method,
  url,
  protocol,
  remoteAddress,
}: Omit<DrainReport['stuck'][number], 'answered'>): string {
  if (/^(http\/|h2)/.test(protocol)) return `${method} ${url}`;
  return [protocol, url, remoteAddress && `of ${remoteAddress}`].filter(Boolean).join(' ');
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
