import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DOCUMENTS, readDocument } from './blocks.js';

const root = new URL('../../', import.meta.url);

test('api.md is what the TSDoc says', () => {
  const script = fileURLToPath(new URL('scripts/api-docs.mjs', root));
  const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test("the packages' READMEs are what docs/ say of options, report and troubleshooting", () => {
  const script = fileURLToPath(new URL('scripts/package-readmes.mjs', root));
  const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('drill-codes.md is what the drill says of its codes', () => {
  const script = fileURLToPath(new URL('scripts/drill-codes.mjs', root));
  const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
}, 60_000);

test('each link to a file or a folder of the repository leads there', () => {
  const broken = DOCUMENTS.flatMap((path) =>
    [...readDocument(path).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .filter(([, target]) => !existsSync(new URL(target!, new URL(path, root))))
      .map(([, target]) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

/** As GitHub names a heading in a link. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

test('each link to a heading leads to one', () => {
  const anchorsOf = (path: string) =>
    [...readDocument(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
  const broken = DOCUMENTS.flatMap((path) =>
    [...readDocument(path).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)]
      .filter(
        ([, target, anchor]) => !anchorsOf(join(dirname(path), target || basename(path))).includes(anchor!),
      )
      .map(([link]) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test.each([
  ['DrainOptions', 'docs/options.md'],
  ['DrainReport', 'docs/report.md'],
])('each name of %s stands in the table of %s', (type, path) => {
  const [, fields] = new RegExp(`interface ${type} \\{([\\s\\S]*?)\\n\\}`).exec(readDocument('docs/api.md'))!;
  const names = [...fields!.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!);
  const firstCells = [...readDocument(path).matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) =>
    cell!.split(', '),
  );
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !firstCells.includes(`\`${name}\``))).toEqual([]);
});

test.each([
  ['README.md', 300],
  ['BENCHMARKS.md', 250],
])('%s is read through: it has at most %i lines', (path, lines) => {
  expect(readDocument(path).split('\n').length - 1).toBeLessThanOrEqual(lines);
});
