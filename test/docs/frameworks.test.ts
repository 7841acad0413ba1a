import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf, readDocument } from './blocks.js';

const page = readDocument('docs/frameworks.md');
const program = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
const tested = readDocument('test/examples/examples.test.ts');
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

/** The rows of the table: the line to add, and the program that has it. */
const rows = [...page.matchAll(/^\| (.+?) \| (?:`([^|]+)`|\[.+?\)) \|.*\[program\]\((.+?)\)\) \|$/gm)].map(
  ([, framework, line, path]) => ({ framework, line, path: path! }),
);

test('each row has a program that a test runs', () => {
  expect(rows).toHaveLength([...page.matchAll(/^\| (?!---|framework)/gm)].length);
  expect(rows.length).toBeGreaterThan(8);
  const missing = rows.filter(
    ({ path }) => !tested.includes(path.replace(/^.*examples\//, '').replace(/\.ts$/, '')),
  );
  expect(missing).toEqual([]);
});

test.each(rows.filter(({ line }) => line !== undefined))(
  'the line of $framework stands in its program',
  ({ line, path }) => {
    // There it may have options.
    expect(oneLine(program(path))).toContain(line!.replace(/[;)\]]+$/, ''));
  },
);

test("Apollo's plugin stands in its program", () => {
  const [plugin] = blocksOf('docs/frameworks.md');
  expect(program('../examples/apollo.mjs')).toContain(plugin?.code);
});
