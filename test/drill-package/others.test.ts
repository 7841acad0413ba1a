import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
// @ts-expect-error a script without types
import { pageOf } from '../../scripts/what-others-do/page.mjs';
// @ts-expect-error a script without types
import { SERVERS } from './others/servers.mjs';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('docs/what-others-do.md says what was found, of each server', () => {
  const found = JSON.parse(read('others/results.json'));
  expect(Object.keys(found).sort()).toEqual(SERVERS.map(({ name }: { name: string }) => name).sort());
  expect(pageOf(SERVERS, found)).toBe(read('../../docs/what-others-do.md'));
});
