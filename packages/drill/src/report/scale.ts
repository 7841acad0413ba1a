import type { Round } from '../model.js';

/**
 * The axis of a picture: ms from the signal to places on a line. A long stretch in which nothing changes is a break of a
 * fixed width; all else has one and the same scale, so that lengths can be compared by eye.
 */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Stretches that are not to scale. */
  readonly breaks: readonly { from: number; to: number }[];
  /** Stretches that are, and where they lie. */
  readonly parts: readonly { from: number; to: number; x: number; width: number }[];
  /** The place of a moment; what lies outside is put to the nearer end. */
  at(ms: number): number;
}

/** Nothing changes for so long: a break. */
const LONG_MS = 120;
/** Kept to scale on both sides of a break. */
const MARGIN_MS = 15;
/** Behind the last moment, for its mark. */
const END_MS = 3;
const MOST_BREAKS = 6;

export function scaleOf(round: Round, width: number, breakWidth: number): Scale {
  const points = [...new Set(pointsOf(round))].sort((a, b) => a - b);
  const from = (points[0] as number) - MARGIN_MS;
  const to = (points.at(-1) as number) + END_MS;
  const breaks = breaksOf(points);
  const toScale = to - from - breaks.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const perMs = (width - breaks.length * breakWidth) / toScale;
  const parts = partsOf(from, to, breaks, perMs, breakWidth);
  return { from, to, breaks, parts, at: (ms) => place(Math.min(Math.max(ms, from), to), parts) };
}

function place(ms: number, parts: Scale['parts']): number {
  for (const [index, part] of parts.entries()) {
    if (ms <= part.to && ms >= part.from)
      return part.x + (part.width * (ms - part.from)) / (part.to - part.from);
    const next = parts[index + 1];
    if (next === undefined || ms > next.from) continue;
    const end = part.x + part.width;
    return end + ((next.x - end) * (ms - part.to)) / (next.from - part.to);
  }
  return 0;
}

function breaksOf(points: readonly number[]): { from: number; to: number }[] {
  return points
    .slice(1)
    .map((to, index) => ({ from: points[index] as number, to }))
    .filter((gap) => gap.to - gap.from > LONG_MS)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_BREAKS)
    .sort((a, b) => a.from - b.from)
    .map((gap) => ({ from: gap.from + MARGIN_MS, to: gap.to - MARGIN_MS }));
}

function partsOf(
  from: number,
  to: number,
  breaks: Scale['breaks'],
  perMs: number,
  breakWidth: number,
): Scale['parts'] {
  let x = 0;
  const starts = [from, ...breaks.map((gap) => gap.to)];
  return starts.map((start, index) => {
    const end = breaks[index]?.from ?? to;
    const part = { from: start, to: end, x, width: (end - start) * perMs };
    x += part.width + breakWidth;
    return part;
  });
}

/** What the signal found is what counts: how it came to be is not shown in its full length. */
const BEFORE_MS = 30;
const AFTER_MS = 60;

/** Moments at which something changes. A stream of connections that comes the whole time is no change, its end is. */
function pointsOf(round: Round): number[] {
  const { witnesses, moments, listenerClosedAt, quietAt, exit } = round;
  const steady = new Set(witnesses.filter(({ openedAt }) => openedAt > 0).map(({ situation }) => situation));
  const ofWitnesses = witnesses.flatMap(({ situation, visits, end, spans }) => {
    const times = [end.at, ...visits.flatMap((visit) => [visit.sentAt, visit.firstByteAt, visit.endedAt])];
    return steady.has(situation) ? [] : [...times, ...spans.map((span) => span.to)];
  });
  const ofSteady = [...steady].flatMap((id) => {
    const times = witnesses.filter(({ situation }) => situation === id).map(({ openedAt }) => openedAt);
    return [Math.min(...times), Math.max(...times)];
  });
  const start = Math.min(-BEFORE_MS, ...moments.filter(({ what }) => what === 'frozen').map(({ at }) => at));
  const all = [
    ...[0, start, AFTER_MS, listenerClosedAt, quietAt, exit?.at ?? null],
    ...moments.map(({ at }) => at),
    ...ofWitnesses,
    ...ofSteady,
  ].filter((at): at is number => at !== null && at >= start);
  // What the drill itself did after the exit is no part of it.
  return exit === null ? all : all.filter((at) => at <= Math.max(exit.at, AFTER_MS) + MARGIN_MS);
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000];

/** Round times on those parts that are to scale, no closer than `room`. */
export function ticksOf(scale: Scale, room: number): number[] {
  const taken: number[] = [scale.at(0)];
  const ticks = [0];
  const [part] = scale.parts;
  const perMs = part === undefined ? 1 : part.width / (part.to - part.from);
  const step = STEPS.find((ms) => ms * perMs >= room) ?? 60_000;
  for (const { from, to } of scale.parts) {
    const multiples = [];
    for (let ms = Math.ceil(from / step) * step; ms <= to; ms += step) multiples.push(ms);
    for (const ms of multiples.length > 0 ? multiples : [Math.round((from + to) / 2)]) {
      const x = scale.at(ms);
      if (taken.some((other) => Math.abs(other - x) < room)) continue;
      taken.push(x);
      ticks.push(ms);
    }
  }
  return ticks.sort((a, b) => a - b);
}
