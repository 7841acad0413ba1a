import type { Count, Moment, Round } from '../model.js';
import type { Look, Paint } from './look.js';
import { type Scale, scaleOf, ticksOf } from './scale.js';
import { exitText, time } from './words.js';

const LABEL = 14;
const BREAK = 4;
const BARS = ' ▁▂▃▄▅▆▇█';

/** The round in a few lines: what happened, what was in flight and kept, and where requests were lost. */
export function timelineOf(round: Round, look: Look, paint: Paint): string[] {
  if (!Number.isFinite(look.width)) return [`   ${plain(round)}`];
  const width = look.width - LABEL - 3;
  const scale = scaleOf(round, width, BREAK);
  const column = (ms: number) => Math.min(Math.round(scale.at(ms)), width - 1);
  const row = (label: string, text: string) => `   ${label.padEnd(LABEL - 3)}${text}`;
  return [
    ...momentLines(round, column, width).map((line, index) => row(index === 0 ? 'ms' : '', line)),
    row('', paint.dim(axis(scale, column, width))),
    row(
      'in flight',
      bars(round, column, width, ({ inFlight }) => inFlight),
    ),
    row(
      'kept',
      bars(round, column, width, ({ kept }) => kept),
    ),
    ...lostLine(round, column).map((line) => row('lost', paint.red(line))),
  ];
}

/** The moments that are told, with their times. */
const TOLD: readonly Moment['what'][] = [
  'signal',
  'second-signal',
  'unready',
  'not-live',
  'listener-closed',
  'last-connection-closed',
  'killed',
  'exit',
];

/** "0 ms SIGTERM · 23 ms listener closed · 6.4 s exit 0" */
function plain(round: Round): string {
  return told(round)
    .map(({ at, text }) => `${time(at)} ${text}`)
    .join(' · ');
}

function told(round: Round): { at: number; text: string }[] {
  const moments = round.moments
    .filter(({ what }) => TOLD.includes(what))
    .map((moment) => (moment.what === 'killed' ? { ...moment, text: exitText(round) } : moment));
  const ended = moments.some(({ what }) => what === 'exit' || what === 'killed');
  if (ended || round.exit === null) return moments;
  return [...moments, { at: round.exit.at, text: exitText(round) }];
}

/** Each moment stands beside its column, on the first line that has room for it. */
function momentLines(round: Round, column: (ms: number) => number, width: number): string[] {
  const lines: string[][] = [];
  const columns = told(round).map((moment) => ({ ...moment, x: column(moment.at) }));
  for (const { at, text, x } of columns) {
    const label = at === 0 ? text : `${time(at)} ${text}`;
    const starts = [
      { from: x, word: `┊${label}` },
      { from: x - label.length, word: `${label}┊` },
    ];
    for (let index = 0; ; index++) {
      lines[index] ??= Array.from({ length: width }, () => ' ');
      const line = lines[index] as string[];
      // What has room on neither side of its column stands at the end of a line of its own.
      const apart = { from: Math.max(width - label.length, 0), word: label.slice(0, width) };
      const blank = index > 0 && line.every((letter) => letter === ' ');
      const fits =
        starts.find(({ from, word }) => free(line, from, word.length)) ?? (blank ? apart : undefined);
      if (fits === undefined) continue;
      for (const [offset, letter] of [...fits.word].entries()) line[fits.from + offset] = letter;
      break;
    }
  }
  return lines.map((line) => line.join('').trimEnd());
}

function free(line: readonly string[], from: number, length: number): boolean {
  if (from < 0 || from + length > line.length) return false;
  return line.slice(Math.max(from - 1, 0), from + length + 1).every((letter) => letter === ' ');
}

/** `0────────25────────50──╱╱──912──╱╱──6400`: what lies under ╱╱ is not to scale. */
function axis(scale: Scale, column: (ms: number) => number, width: number): string {
  const line = Array.from({ length: width }, () => '─');
  for (const gap of scale.breaks) {
    const middle = Math.floor((scale.at(gap.from) + scale.at(gap.to)) / 2);
    line[middle] = '╱';
    line[middle + 1] = '╱';
  }
  for (const tick of ticksOf(scale, 10)) {
    const text = `${tick}`;
    const from = Math.min(column(tick), width - text.length);
    if (line.slice(from, from + text.length + 1).some((letter) => letter !== '─')) continue;
    for (const [offset, letter] of [...text].entries()) line[from + offset] = letter;
  }
  return line.join('');
}

function bars(
  { counts }: Round,
  column: (ms: number) => number,
  width: number,
  value: (count: Count) => number,
): string {
  const heights = Array.from({ length: width }, () => 0);
  for (const [index, count] of counts.entries()) {
    const until = counts[index + 1]?.at ?? count.at;
    const last = Math.max(column(until) - 1, column(count.at));
    for (let x = column(count.at); x <= last; x++) {
      heights[x] = Math.max(heights[x] as number, value(count));
    }
  }
  const most = Math.max(...heights, 1);
  const line = heights.map((height) => BARS[Math.ceil((height / most) * (BARS.length - 1))]).join('');
  const label = ` at most ${Math.max(...heights)}`;
  return `${line.trimEnd()}${line.trimEnd().length + label.length <= width ? label : ''}`;
}

/** "19╳" at the column in which they were lost; none where nothing was. */
function lostLine(round: Round, column: (ms: number) => number): string[] {
  const lost = new Map<number, number>();
  for (const { visits } of round.witnesses) {
    for (const { outcome, endedAt } of visits) {
      if (outcome !== 'lost') continue;
      const x = column(endedAt ?? round.exit?.at ?? 0);
      lost.set(x, (lost.get(x) ?? 0) + 1);
    }
  }
  if (lost.size === 0) return [];
  // What has no room of its own is counted with the one before it.
  const marks: { from: number; x: number; count: number }[] = [];
  for (const [x, count] of [...lost].sort(([a], [b]) => a - b)) {
    const last = marks.at(-1);
    const from = Math.max(x - `${count}`.length, 0);
    if (last !== undefined && from <= last.x + 1) last.count += count;
    else marks.push({ from, x, count });
  }
  const line = marks.reduce((text, { from, count }) => `${text.padEnd(from)}${count}╳`, '');
  return [line];
}
