import gracefulPlugin, { createDrain } from '@http-drain/fastify';
import Fastify from 'fastify';
import { expect, test } from 'vitest';

test('an afterDrain hook may wait for fastify.close(), as Nest and others wrap it', async () => {
  const drain = createDrain({ deadlineMs: 4_000 });
  const fastify = Fastify();
  let closed = 0;
  await fastify.register(gracefulPlugin, { drain });
  fastify.addHook('onClose', async () => {
    closed++;
  });
  await fastify.listen({ port: 0 });
  drain.afterDrain('app', () => fastify.close());
  const report = await drain.shutdown();
  expect(report).toMatchObject({ outcome: 'drained', hooks: [{ name: 'app' }, { name: 'fastify.close' }] });
  expect(report.hooks.filter(({ error }) => error)).toEqual([]);
  expect(closed).toBe(1);
});
