import type { DrainSnapshot } from '../drain/drain.js';
import { seconds } from './report-text.js';

const BAR_WIDTH = 24;

/** The state of a drain on one line: "draining, 21.8 s left: 3 requests (oldest GET /a, 2.9 s), 4 connections". */
export function progressLine(snapshot: DrainSnapshot): string {
  const parts = rows(snapshot).map(([noun, count, detail]) => {
    return detail ? `${count} ${noun} (${detail})` : `${count} ${noun}`;
  });
  return `${snapshot.phase}, ${seconds(snapshot.leftMs ?? 0)} left: ${parts.join(', ') || 'nothing in flight'}`;
}

/** The state of a drain as a small table, with a bar of the time that is left. */
export function progressBlock(snapshot: DrainSnapshot): string {
  const leftMs = snapshot.leftMs ?? 0;
  const deadlineMs = leftMs + (snapshot.durationMs ?? 0);
  const filled = Math.round((BAR_WIDTH * leftMs) / Math.max(1, deadlineMs));
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const table = rows(snapshot).map(([noun, count, detail]) =>
    `  ${String(count).padStart(5)} ${noun.padEnd(12)} ${detail}`.trimEnd(),
  );
  return [`${snapshot.phase.padEnd(9)} ${bar} ${seconds(leftMs)} left`, ...table].join('\n');
}

type Row = readonly [noun: string, count: number, detail: string];

function rows({ background, connections, hooks, requests }: DrainSnapshot): Row[] {
  const { open, ...byState } = connections;
  const states = Object.entries(byState).filter(([, count]) => count > 0);
  const [oldest] = requests;
  const all: Row[] = [
    [
      'requests',
      requests.length,
      oldest ? `oldest ${oldest.method} ${oldest.url}, ${seconds(oldest.ageMs)}` : '',
    ],
    ['connections', open, states.map(([state, count]) => `${count} ${state}`).join(', ')],
    [
      'background',
      background.length,
      background.map(({ name, ageMs }) => `${name}, ${seconds(ageMs)}`).join('; '),
    ],
    ['hooks to run', hooks.length, hooks.join(', ')],
  ];
  return all
    .filter(([, count]) => count > 0)
    .map(([noun, count, detail]) => [count === 1 ? noun.replace(/s\b/, '') : noun, count, detail]);
}
