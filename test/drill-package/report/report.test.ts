import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { lookOf } from '../../../packages/drill/src/report/look.js';
import { REPORTERS, render, report } from '../../../packages/drill/src/report/report.js';
import { expectGolden, sample, undrilled } from './golden.js';

const terminal = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });
const plain = { colour: false, width: Number.POSITIVE_INFINITY };
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

test('the terminal report, 100 columns wide, in colours', () => {
  expectGolden('terminal.ansi', render(sample(), 'tty', lookOf(terminal(100), {})));
});

test('the terminal report where there is no terminal', () => {
  expectGolden('terminal.txt', render(sample(), 'tty', lookOf(new PassThrough(), {})));
});

test('the terminal report of a drill that could not be held', () => {
  expectGolden('undrilled.txt', render(undrilled(), 'tty', plain));
});

test('the JUnit report', () => {
  expectGolden('junit.xml', render(sample(), 'junit', plain));
  expectGolden('junit-undrilled.xml', render(undrilled(), 'junit', plain));
});

test('the annotations for GitHub', () => {
  expectGolden('github.txt', render(sample(), 'github', plain));
  expectGolden('github-undrilled.txt', render(undrilled(), 'github', plain));
});

test('the Markdown report', () => {
  expectGolden('report.md', render(sample(), 'markdown', plain));
  expectGolden('undrilled.md', render(undrilled(), 'markdown', plain));
});

test.each([...REPORTERS.filter((name) => name !== 'json' && name !== 'junit')])(
  '%s says the verdict on its last line',
  (reporter) => {
    for (const drilled of [sample(), undrilled()]) {
      expect(render(drilled, reporter, plain).trimEnd().split('\n').at(-1)).toContain(drilled.summary);
    }
  },
);

test.each([50, 60, 80, 100])('no line of prose is wider than a terminal of %i columns', (columns) => {
  const look = lookOf(terminal(columns), { NO_COLOR: '1' });
  const lines = render(sample(), 'tty', look).trimEnd().split('\n');
  // Code is to be copied, and a word has no place to be broken at.
  const wide = lines.filter((line) => line.length > columns && !/;$|[\w./-]{24}/.test(line));
  expect(wide).toEqual([]);
  expect(lines.at(-1)).toMatch(/14\.2 s\)?$/);
});

test('NO_COLOR, a dumb terminal and a pipe get no colours, FORCE_COLOR does', () => {
  const coloured = (stream: PassThrough, env: NodeJS.ProcessEnv) =>
    ESCAPES.test(render(sample(), 'tty', lookOf(stream, env)));
  expect(coloured(terminal(80), {})).toBe(true);
  expect(coloured(terminal(80), { NO_COLOR: '1' })).toBe(false);
  expect(coloured(terminal(80), { TERM: 'dumb' })).toBe(false);
  expect(coloured(new PassThrough(), {})).toBe(false);
  expect(coloured(new PassThrough(), { FORCE_COLOR: '1' })).toBe(true);
  expect(coloured(terminal(80), { FORCE_COLOR: '0' })).toBe(false);
});

test.each([50, 70, 100])('the timeline of %i columns counts every lost request', (columns) => {
  const drilled = sample();
  const [round] = drilled.rounds;
  // Close to each other, where no mark has room of its own.
  for (const [index, { visits }] of (round?.witnesses ?? []).entries())
    for (const visit of visits) Object.assign(visit, { outcome: 'lost', endedAt: 20 + index });
  const lost = render(drilled, 'tty', { colour: false, width: columns })
    .split('\n')
    .find((line) => line.startsWith('   lost'));
  const counts = [...(lost ?? '').matchAll(/(\d+)╳/g)].map(([, count]) => Number(count));
  const visits = round?.witnesses.flatMap((witness) => witness.visits) ?? [];
  expect(counts.reduce((a, b) => a + b)).toBe(visits.length);
});

test('colours change no letter', () => {
  const coloured = render(sample(), 'tty', { colour: true, width: 90 });
  expect(coloured.replace(ESCAPES, '')).toBe(render(sample(), 'tty', { colour: false, width: 90 }));
});

test('the JSON report is the whole of what was found', () => {
  expect(JSON.parse(render(sample(), 'json', plain))).toEqual(sample());
});

test('what a service wrote cannot break out of an annotation, nor of XML', () => {
  const drilled = undrilled();
  drilled.failure?.output.push('::error::forged', ']]></error>\u0000\ud800');
  const annotations = render(drilled, 'github', plain).split('\n');
  expect(annotations.filter((line) => line.startsWith('::'))).toHaveLength(1);
  const xml = render(drilled, 'junit', plain);
  expect(xml.match(/<\/error>/g)).toHaveLength(1);
  expect(xml).not.toContain('\u0000');
});

test('the github reporter adds its summary to the file that GITHUB_STEP_SUMMARY names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drill-report-'));
  try {
    const file = join(folder, 'summary.md');
    const stream = new PassThrough();
    const written = text(stream);
    await report(sample(), 'github', stream, { GITHUB_STEP_SUMMARY: file });
    stream.end();
    expect(await written).toMatch(/^::error title=D007/);
    expect(readFileSync(file, 'utf8')).toBe(`${render(sample(), 'markdown', plain)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the command line takes a reporter and files for the picture', async () => {
  const { parseCommandLine } = await import('../../../packages/drill/src/command-line.js');
  const file = join(tmpdir(), 'drill.html');
  expect(parseCommandLine(['--reporter=junit', '--html', file, '--rounds', '1', 'node', 'x'])).toEqual({
    options: { command: ['node', 'x'], rounds: 1 },
    telling: { reporter: 'junit', html: file, svg: null },
  });
  expect(() => parseCommandLine(['--reporter', 'xml', 'node'])).toThrow(
    'Expected --reporter to be one of tty, json, junit, github, markdown, got "xml".',
  );
  expect(() => parseCommandLine(['--svg', '/no/such/folder/x.svg', 'node'])).toThrow(
    'Expected --svg to be a file in a folder that can be written to, got "/no/such/folder/x.svg".',
  );
  expect(() => parseCommandLine(['--html', tmpdir(), 'node'])).toThrow(
    'Expected --html to be a file, got the',
  );
});

test('telling writes the report to the stream, and the pictures to their files', async () => {
  const { tell } = await import('../../../packages/drill/src/report/telling.js');
  const folder = mkdtempSync(join(tmpdir(), 'drill-report-'));
  try {
    const [html, svg] = [join(folder, 'a.html'), join(folder, 'a.svg')];
    const stream = new PassThrough();
    const written = text(stream);
    await tell(sample(), { reporter: 'tty', html, svg }, stream);
    stream.end();
    expect(await written).toBe(render(sample(), 'tty', plain));
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
