import { expect, test } from 'vitest';
import type { Drilled } from '../../../packages/drill/src/model.js';
import { htmlPicture } from '../../../packages/drill/src/report/picture/html.js';
import { svgPicture } from '../../../packages/drill/src/report/picture/svg.js';
import { scaleOf } from '../../../packages/drill/src/report/scale.js';
import { expectGolden, sample, undrilled } from './golden.js';

const round = () => sample().rounds[0] as Drilled['rounds'][number];

/** Every tag that is opened is closed, in its order. */
function expectWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [, end, name, alone] of markup.matchAll(/<(\/?)([a-zA-Z][\w-]*)[^>]*?(\/?)>/g)) {
    if (end === '/') expect(open.pop()).toBe(name);
    else if (alone !== '/') open.push(name as string);
  }
  expect(open).toEqual([]);
}

test.each([
  ['picture.svg', 960],
  ['picture-narrow.svg', 540],
] as const)('%s', (name, width) => {
  const svg = svgPicture(sample(), { width });
  expectWellFormed(svg);
  expectGolden(name, `${svg.replaceAll('><', '>\n<')}\n`);
});

test('a lost request says what was lost when the pointer rests on it', () => {
  const svg = svgPicture(sample());
  expect(svg.match(/<title>[^<]*\nD007: 19 of 20 requests/g)).toHaveLength(19);
  expect(svg.match(/<title>[^<]*\nD011: an answer was cut short/g)).toHaveLength(1);
});

test('it calls out six findings at most, and says how many there are', () => {
  const drilled = sample();
  const codes = ['D001', 'D002', 'D003', 'D004', 'D005', 'D007', 'D008', 'D009'] as const;
  drilled.findings = codes.map((code) => ({ ...(drilled.findings[0] as Drilled['findings'][number]), code }));
  const svg = svgPicture(drilled);
  // Twice each: in the list, and over its place.
  for (const [index, code] of codes.entries())
    expect(svg.match(new RegExp(`>✗ ${code}<`, 'g')) ?? []).toHaveLength(index < 6 ? 2 : 0);
  expect(svg).toContain('and 2 more');
});

test('nothing is drawn outside of it', () => {
  for (const width of [540, 960]) {
    const svg = svgPicture(sample(), { width });
    const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
    const numbers = (name: string) =>
      [...svg.matchAll(new RegExp(` ${name}="(-?[\\d.]+)"`, 'g'))].map((match) => Number(match[1]));
    for (const x of [...numbers('x'), ...numbers('cx')]) expect(x >= 0 && x <= width).toBe(true);
    for (const y of [...numbers('y'), ...numbers('cy')]) expect(y >= 0 && y <= height).toBe(true);
  }
});

test('the page needs nothing but itself, and knows light and dark', () => {
  const html = htmlPicture(sample());
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|<script|<link|url\((?!#)|src=/,
  );
  expect(html).toContain('prefers-color-scheme:dark');
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of html.matchAll(/url\(#([^)]+)\)|href="#([^"]+)"/g)) if (id) expect(ids).toContain(id);
});

test('what a service or a command says is text, never markup', () => {
  const drilled = sample();
  drilled.command = ['node', '<script>alert(1)</script>'];
  (drilled.findings[0] as { title: string }).title = '"><img src=x onerror=alert(1)>';
  (drilled.rounds[0]?.witnesses[0] as { story: string }).story = '</title><script>';
  for (const markup of [svgPicture(drilled), htmlPicture(drilled)]) {
    expect(markup).not.toMatch(/<script|<img/);
  }
});

test('a drill that could not be held has a picture, too', () => {
  expectWellFormed(svgPicture(undrilled()));
  expect(svgPicture(undrilled())).toContain('NOT DRILLED');
  expect(htmlPicture(undrilled())).toContain('EADDRINUSE');
});

test('a round without an exit, a listener that stays, and nothing known of the kernel can be drawn', () => {
  const drilled = sample();
  for (const one of drilled.rounds) {
    Object.assign(one, {
      exit: null,
      listenerClosedAt: null,
      quietAt: null,
      counts: [],
      probes: [],
      moments: [],
    });
    for (const witness of one.witnesses) Object.assign(witness, { kernel: null, spans: [] });
  }
  const svg = svgPicture(drilled);
  expectWellFormed(svg);
  expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
});

test('time never runs back on the axis, and every part of it that is to scale has the same scale', () => {
  const scale = scaleOf(round(), 800, 30);
  let last = -1;
  for (let ms = scale.from; ms <= scale.to; ms += 0.5) {
    expect(scale.at(ms)).toBeGreaterThanOrEqual(last);
    last = scale.at(ms);
  }
  expect(scale.at(scale.to)).toBeCloseTo(800);
  const perMs = scale.parts.map(({ from, to, width }) => width / (to - from));
  for (const one of perMs) expect(one).toBeCloseTo(perMs[0] as number);
});

test('nothing that ends, and no moment, lies in a stretch that is shortened', () => {
  const { moments, witnesses, exit } = round();
  const { breaks } = scaleOf(round(), 800, 30);
  const steady = witnesses.filter(({ openedAt }) => openedAt <= 0);
  const times = [...moments.map(({ at }) => at), exit?.at, ...steady.map(({ end }) => end.at)];
  expect(breaks.length).toBeGreaterThan(0);
  for (const at of times)
    for (const { from, to } of breaks) expect(at != null && at > from && at < to).toBe(false);
});
