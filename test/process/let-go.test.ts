import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

test('applications that were closed, or that nobody has any more, and drains likewise, leave nothing', async () => {
  const child = startFixture('let-go.mjs', { args: [100] });
  expect((await child.exited).code).toBe(0);
  expect(child.stdout.split('\n').slice(0, 5)).toEqual([
    'closed 0',
    'closedUnused 0',
    'neverClosed 0',
    'drains 0',
    'expressApps 0',
  ]);
  expect(child.stdout).toContain('hooks its own,fastify.close,of the process');
}, 60_000);
