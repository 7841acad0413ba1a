import type { DrainReport } from '../drain/report.js';

/** Of what went wrong in one way, as much as one reads. The report has all of it. */
const AT_MOST = 5;

/** What came of a drain: "drained in 1.2 s: 3 requests completed"; then a line for each thing that went wrong. */
export function describeReport({ durationMs, hooks, outcome, ...report }: DrainReport): string[] {
  const failed = hooks.filter(({ error }) => error !== undefined);
  return [
    `${outcome} in ${seconds(durationMs)}: ${describeEnds(report.requests)}`,
    ...some(report.stuck, (stuck) => `cut off ${describeStuck(stuck)} after ${seconds(stuck.ageMs)}`),
    ...some(report.background, ({ name, ageMs }) => `did not wait for ${name} after ${seconds(ageMs)}`),
    ...some(failed, ({ name, error }) => `hook ${name} failed (${error})`),
    ...some(report.faults, ({ what, error }) => `${what} threw (${error})`),
  ];
}

function some<T>(things: readonly T[], describe: (thing: T) => string): string[] {
  const lines = things.slice(0, AT_MOST).map(describe);
  const more = things.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more like that`] : lines;
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
