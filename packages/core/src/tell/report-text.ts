import type { DrainReport } from '../drain/report.js';

/** What came of a drain: "drained in 1.2 s: 3 requests completed"; then a line for each thing that went wrong. */
export function describeReport({ durationMs, hooks, outcome, ...report }: DrainReport): string[] {
  const failed = hooks.filter(({ error }) => error !== undefined);
  return [
    `${outcome} in ${seconds(durationMs)}: ${describeEnds(report.requests)}`,
    ...few('cut off', report.stuck, (stuck) => `${describeStuck(stuck)} after ${seconds(stuck.ageMs)}`),
    ...few('did not wait for', report.background, ({ name, ageMs }) => `${name} after ${seconds(ageMs)}`),
    ...failed.map(({ name, error }) => `hook ${name} failed (${error})`),
    ...report.faults.map(({ what, error }) => `${what} threw (${error})`),
  ];
}

/** Many are counted, where a line would be as long as there are clients. The report names all of them. */
function few<One>(what: string, all: readonly One[], describe: (one: One) => string): string[] {
  const named = all.slice(0, 5).map((one) => `${what} ${describe(one)}`);
  return all.length > 5 ? [...named, `${what} ${all.length - 5} more`] : named;
}

/** A request; or a socket that was handed over, of which it may be known by whom. */
export function describeStuck({
  method,
  url,
  protocol,
  remoteAddress,
  probe,
}: Omit<DrainReport['stuck'][number], 'answered'>): string {
  if (/^(http\/|h2)/.test(protocol)) return `${method} ${url}${probe ? ' of a probe server' : ''}`;
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
