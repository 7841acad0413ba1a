import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// Plain JavaScript without declarations: imported by a name that TypeScript does not follow.
const part = (name: string) => import(new URL(`../scripts/company/${name}.mjs`, import.meta.url).href);
const { parseTap } = await part('tap');
const { parseKnown } = await part('known');
const { check, compare, confirm, count, THE_FILE } = await part('compare');
const { SUITES } = await part('suites');

const result = (cases: Record<string, string>, end = 'passed', ms = 100) => {
  return { cases: new Map(Object.entries(cases)), end, ms };
};

test('reads the cases that node:test and tap announce, those within others, and none of their assertions', () => {
  const tap = [
    'TAP version 13',
    '# Subtest: closes',
    '    # Subtest: twice \\# 2',
    '        ok 1 - should be equal',
    '    not ok 1 - twice \\# 2',
    '      ---',
    "      error: 'ok 3 - not a case'",
    '      ...',
    '    # Subtest: once',
    '    ok 2 - once # SKIP not here',
    '    1..2',
    'not ok 1 - closes # time=12.5ms',
    '{"level":30,"msg":"ok 1 - logged"}',
    '# Subtest: opens',
    'ok 2 - opens',
    '# Subtest: opens',
    'ok 3 - opens',
  ].join('\n');
  expect([...parseTap(tap)]).toEqual([
    ['closes > twice # 2', 'failed'],
    ['closes > once', 'skipped'],
    ['closes', 'failed'],
    ['opens', 'passed'],
    ['opens (2)', 'passed'],
  ]);
});

test('reads what Mocha prints, which announces nothing', () => {
  const tap =
    '1..3\nok 1 app should listen\nnot ok 2 app should close\n  Error: no\nok 3 app waits # SKIP -\n';
  expect([...parseTap(tap)]).toEqual([
    ['app should listen', 'passed'],
    ['app should close', 'failed'],
    ['app waits', 'skipped'],
  ]);
});

test('names the innermost cases that differ, those that were cut off too, and leaves alone what fails both times', () => {
  const without = result({ 'a > b': 'passed', a: 'passed', c: 'failed', d: 'passed' });
  const withDrain = result({ 'a > b': 'failed', a: 'failed', c: 'failed' }, 'timed out');
  expect(compare('x.js', without, withDrain)).toEqual([
    { file: 'x.js', name: 'a > b', without: 'passed', with: 'failed' },
    { file: 'x.js', name: 'd', without: 'passed', with: 'cut off' },
  ]);
  expect(compare('x.js', without, without)).toEqual([]);
});

test('names a file that ends otherwise, and one that takes seconds longer', () => {
  expect(compare('x.js', result({}), result({}, 'failed'))).toEqual([
    { file: 'x.js', name: THE_FILE, without: 'passed', with: 'failed' },
  ]);
  expect(compare('x.js', result({}, 'passed', 300), result({}, 'passed', 25_300))).toEqual([
    { file: 'x.js', name: THE_FILE, without: 'passed in 0.3 s', with: 'passed in 25.3 s' },
  ]);
  expect(compare('x.js', result({}, 'passed', 300), result({}, 'passed', 1_000))).toEqual([]);
});

test('tells what is the drain’s from what anything in its place does, and from what is not there again', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({
    file: 'x.js',
    name,
    without: 'passed',
    with: 'failed',
  }));
  expect(confirm([a, b, c], [a, b], [b])).toEqual({ real: [a], anyFront: [b], unsteady: [c] });
});

const DOCUMENT = `# In good company

What this is, with \`code\`.

## Fastify 5.12.1

### A heading

Fastify answers 503;
we serve.

- \`test/close.test.js\` › \`serves while closing\`
- \`test/close.test.js\` › \`\`calls \`back\`\`\`

Another reason.

- \`test/slow.test.js\`

## How to run it

- \`npm\` › \`not a case\`
`;

test('reads the known differences and their reasons from the document', () => {
  const suite = { suite: 'Fastify', version: '5.12.1' };
  expect(parseKnown(DOCUMENT)).toEqual([
    {
      ...suite,
      file: 'test/close.test.js',
      name: 'serves while closing',
      reason: 'Fastify answers 503; we serve.',
    },
    {
      ...suite,
      file: 'test/close.test.js',
      name: 'calls `back`',
      reason: 'Fastify answers 503; we serve.',
    },
    { ...suite, file: 'test/slow.test.js', name: THE_FILE, reason: 'Another reason.' },
  ]);
  expect(() => parseKnown('## Node 20.0.0\n\n- `test/x.js`\n')).toThrow('Expected a reason above');
});

test('finds what the document lacks, and what stands in it and was not seen, of the version that was run', () => {
  const known = parseKnown(DOCUMENT);
  const close = result({ 'serves while closing': 'passed', 'calls `back`': 'passed' });
  const results = new Map([
    ['test/close.test.js', close],
    ['test/other.test.js', result({ hangs: 'passed' })],
  ]);
  const seen = [
    { file: 'test/close.test.js', name: 'serves while closing', without: 'passed', with: 'failed' },
    { file: 'test/other.test.js', name: 'hangs', without: 'passed', with: 'cut off' },
  ];
  expect(check(seen, known, { version: '5.12.1', results })).toEqual({
    unknown: [seen[1]],
    gone: [known[1]],
  });
  expect(check(seen, known, { version: '5.13.0', results })).toEqual({ unknown: [seen[1]], gone: [] });
  close.cases.set('calls `back`', 'skipped');
  expect(check(seen, known, { version: '5.12.1', results })).toEqual({ unknown: [seen[1]], gone: [] });
});

test('counts cases, and a file that tells of none as one', () => {
  const results = [result({ a: 'passed', b: 'failed' }), result({}, 'failed'), result({}, 'timed out')];
  expect(count(results)).toEqual({ passed: 1, failed: 2, skipped: 0, timedOut: 1 });
});

test('the document is one that can be read, about suites that there are', () => {
  const text = readFileSync(new URL('../docs/company.md', import.meta.url), 'utf8');
  const suites = new Set(parseKnown(text).map(({ suite }: { suite: string }) => suite.toLowerCase()));
  for (const suite of suites) expect(Object.keys(SUITES)).toContain(suite);
});
