// Server-sent events. A stream that never ends would hold the drain until its deadline: onDrain() ends it.
import { PassThrough } from 'node:stream';
import gracefulPlugin, { shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';

const fastify = Fastify();
await fastify.register(gracefulPlugin);

fastify.get('/', (_request, reply) => {
  const events = new PassThrough();
  const timer = setInterval(() => events.write(`data: ${Date.now()}\n\n`), 100);
  events.on('close', () => clearInterval(timer));
  fastify.drain.onDrain(reply, () => events.end());
  reply.type('text/event-stream').send(events);
});
await fastify.listen({ port: 3000 });

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
