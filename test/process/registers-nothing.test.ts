import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

test('all three packages, loaded and serving, leave process listeners and process.exit as they were', async () => {
  const child = startFixture('registers-nothing.mjs');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout.trim().split('\n')).toEqual([
    'after loading true',
    'served by plain',
    'served by express',
    'served by fastify',
    'while serving true',
  ]);
  expect(child.stderr).toBe('');
});
