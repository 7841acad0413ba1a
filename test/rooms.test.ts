import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../packages/core/src', import.meta.url));

/** The rooms of packages/core/src, and the others that each may import from; entry points may import everything. */
const ROOMS: Record<string, readonly string[]> = {
  process: ['drain', 'tell', 'node'],
  tell: ['drain', 'node'],
  drain: ['traffic', 'node'],
  traffic: ['node'],
  node: [],
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** Those of types too. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)\.js'/g)];
  return found.map(([, path]) => relative(src, join(src, dirname(file), `${path}.ts`)));
}

const roomOf = (file: string): string => (file.includes('/') ? dirname(file) : '(entry)');

test('each file of core stands in a room that the table knows, or is an entry point', () => {
  const { exports } = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8'));
  const entries = Object.keys(exports)
    .filter((name) => name !== './package.json')
    .map((name) => (name === '.' ? 'index.ts' : `${name.slice(2)}.ts`));
  expect(files.filter((file) => roomOf(file) === '(entry)').sort()).toEqual(entries.sort());
  expect([...new Set(files.map(roomOf))].sort()).toEqual(['(entry)', ...Object.keys(ROOMS)].sort());
});

test.each(Object.entries(ROOMS))('%s/ imports from its own room, and from %j alone', (room, allowed) => {
  const wrong = files
    .filter((file) => roomOf(file) === room)
    .flatMap((file) => (imports.get(file) ?? []).map((to) => ({ file, to })))
    .filter(({ to }) => roomOf(to) !== room && !allowed.includes(roomOf(to)));
  expect(wrong).toEqual([]);
});

test.each(Object.keys(ROOMS))('%s/ says in its README what it is for', (room) => {
  expect(readFileSync(join(src, room, 'README.md'), 'utf8')).toMatch(new RegExp(`^# ${room}/\\n\\n[A-Z]`));
});

test('docs/ARCHITECTURE.md has the same table of rooms', () => {
  const page = readFileSync(join(src, '../../../docs/ARCHITECTURE.md'), 'utf8');
  const rows = [...page.matchAll(/^\| \[(\w+)\/\].*\| ([\w, ]*?) ?\|$/gm)];
  expect(Object.fromEntries(rows.map(([, room, from]) => [room, from]))).toEqual(
    Object.fromEntries(Object.entries(ROOMS).map(([room, from]) => [room, from.join(', ')])),
  );
});

test('only node/timers.ts reaches for process.nextTick, which may be fake', () => {
  const others = files.filter((file) => file !== 'node/timers.ts');
  expect(others.filter((file) => readFileSync(join(src, file), 'utf8').includes('process.nextTick'))).toEqual(
    [],
  );
});

test('no file imports itself, through whatever others, types included', () => {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const to of imports.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
