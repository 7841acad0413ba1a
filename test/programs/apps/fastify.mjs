// Fastify with close-with-grace, as its README shows it.
import { setTimeout as delay } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import Fastify from 'fastify';

const big = Buffer.alloc(24 * 1024 * 1024, 'b');
const fastify = Fastify();
fastify.get('/quick', async () => 'quick');
fastify.get('/slow', async () => {
  await delay(500);
  return 'slow';
});
fastify.get('/big', async () => big);
await fastify.listen({ port: Number(process.env.PORT) });

closeWithGrace({ delay: 500 }, async ({ err }) => {
  if (err) console.error(err);
  await fastify.close();
});
