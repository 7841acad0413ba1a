import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readDocument } from './blocks.js';

const page = readDocument('docs/kubernetes-and-load-balancers.md');
const [, section] = /^## Platforms\n([\s\S]*?)^## /m.exec(page)!;
const number = (cell: string) => Number(cell.replaceAll(' ', ''));

/** The rows of the table of platforms. */
const rows = section!
  .split('\n')
  .filter((line) => /^\| (?!platform|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, platform, , grace, lameDuck, deadline]) => ({
    platform,
    graceMs: Number.parseInt(grace!, 10) * 1_000,
    lameDuckMs: number(lameDuck!),
    deadlineMs: number(deadline!),
  }));

test('there is a row for each platform', () => {
  for (const platform of ['Cloud Run', 'ECS', 'Heroku', 'Fly.io', 'Railway'])
    expect(rows.filter((row) => row.platform!.startsWith(platform))).not.toEqual([]);
});

test.each(rows)('the times for $platform fit into its grace', ({ graceMs, lameDuckMs, deadlineMs }) => {
  expect(deadlineMs + 2_000).toBeLessThanOrEqual(graceMs);
  // A request of ten seconds, or what there is, and afterDrain hooks.
  expect(lameDuckMs).toBeLessThanOrEqual(deadlineMs / 2);
});

test("the example's Dockerfile copies what lies beside it, and nothing else", () => {
  const folder = new URL('../../examples/kubernetes/', import.meta.url);
  const files = readdirSync(folder);
  const sources = [
    ...readDocument('examples/kubernetes/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm),
  ].flatMap(([, names]) => names!.split(' '));
  expect(sources).not.toEqual([]);
  for (const source of sources) {
    const pattern = new RegExp(`^${source.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    expect(files.filter((file) => pattern.test(file))).not.toEqual([]);
  }
  // The server, and what it starts with, are among them.
  expect(existsSync(new URL('server.mjs', folder))).toBe(true);
  expect(sources).toContain('server.mjs');
});
