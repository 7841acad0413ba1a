import { createRequire } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

const { version: fastifyVersion } = createRequire(import.meta.url)('fastify/package.json') as {
  version: string;
};

afterEach(killLeftovers);

/** Of a hundred. Fastify 4 holds the newest itself, without any drain. */
const newest = fastifyVersion.startsWith('4.') ? 1 : 0;
const HELD = {
  closed: newest,
  closedUnused: newest,
  neverClosed: newest,
  drains: newest,
  expressApps: newest,
};

test('applications that were closed, or that nobody has any more, and drains likewise, leave nothing', async () => {
  const child = startFixture('let-go.mjs', { args: [100] });
  expect((await child.exited).code).toBe(0);
  const left = [...child.stdout.matchAll(/^(\w+) (\d+)$/gm)].map(([, kind, count]) => [kind, Number(count)]);
  expect(left.map(([kind]) => kind)).toEqual(Object.keys(HELD));
  for (const [kind, count] of left)
    expect(count, `${kind}`).toBeLessThanOrEqual(HELD[kind as keyof typeof HELD]);
  expect(child.stdout).toContain('hooks its own,fastify.close,of the process');
}, 60_000);
