import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import type { Situation } from '../support/situation.js';
import { readDocument } from './blocks.js';

/** A promise of the contract, and the links to what shows that it is kept. */
interface Row {
  name: string;
  shownIn: { text: string; path: string }[];
}

const folder = new URL('../situations/', import.meta.url);
const situationsOf = new Map(await Promise.all(readdirSync(folder).map(readSituations)));
const rows = readContract();

async function readSituations(file: string): Promise<[path: string, Situation[]]> {
  if (file === 'index.ts') return [`test/situations/${file}`, []];
  const module = (await import(new URL(file, folder).href)) as Record<string, Situation[]>;
  return [`test/situations/${file}`, Object.values(module).flat()];
}

function readContract(): Row[] {
  const [section] = /^## The contract$[\s\S]*?(?=^## )/m.exec(readDocument('docs/situations.md')) ?? [''];
  const cells = [...section.matchAll(/^\| (.+?) \| (.+) \| (.*) \|$/gm)];
  return cells.slice(2).map(([, name, , shownIn]) => ({
    name: name!,
    shownIn: [...shownIn!.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g)].map(([, text, path]) => ({
      text: text!,
      path: path!,
    })),
  }));
}

test.each(rows)('the contract says where it is shown: $name', ({ name, shownIn }) => {
  expect(shownIn).not.toEqual([]);
  for (const { text, path } of shownIn) {
    const situations = situationsOf.get(path);
    if (situations) {
      expect(text).toBe(basename(path, '.ts'));
      expect(situations.map(({ row }) => row)).toContain(name);
    } else {
      expect(unbroken(readDocument(path))).toContain(`('${text}',`);
    }
  }
});

/** The source in which each test begins as `test('its name',`, wherever its lines are broken, whatever its quotes are. */
const unbroken = (source: string): string =>
  source.replaceAll(/\(\s+/g, '(').replaceAll(/\("([^"\n]*)",/g, "('$1',");

test('each situation stands for a row of the contract, which says where it is', () => {
  const known = rows.flatMap(({ name, shownIn }) => shownIn.map(({ path }) => `${name}, ${path}`));
  const stated = [...situationsOf].flatMap(([path, situations]) =>
    situations.map(({ row }) => `${row}, ${path}`),
  );
  expect(stated.length).toBeGreaterThan(80);
  expect(stated.filter((one) => !known.includes(one))).toEqual([]);
});

test('the README and BENCHMARKS.md say of the situations what the whole table says', () => {
  const [head, , ...all] = markedRows('docs/situations.md');
  const [readmeHead, , ...chosen] = markedRows('README.md');
  expect(readmeHead).toBe(head);
  expect(chosen.filter((row) => !all.includes(row))).toEqual([]);
  const [titles, counts] = [head, all.at(-1)].map((row) => row!.slice(2, -2).split(' | ').slice(1));
  const passed = titles!.map((title, index) => `| ${title} | ${counts![index]} |`);
  expect(markedRows('BENCHMARKS.md').slice(2).sort()).toEqual(passed.sort());
});

/** The rows of the table that scripts/readme-situations.mjs has put into a document. */
function markedRows(path: string): string[] {
  const [, table] =
    /<!-- situations:begin -->([\s\S]*?)<!-- situations:end -->/.exec(readDocument(path)) ?? [];
  return (table ?? '').split('\n').filter((row) => row.startsWith('|'));
}
