// Server-sent events. A stream that never ends would hold the drain until its deadline: end it on `signal`.
import { Readable } from 'node:stream';
import { setInterval } from 'node:timers/promises';
import gracefulPlugin, { shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';

const fastify = Fastify();
await fastify.register(gracefulPlugin);

async function* events(signal) {
  try {
    for await (const _ of setInterval(100, undefined, { signal })) yield `data: ${Date.now()}\n\n`;
  } catch (error) {
    if (!signal.aborted) throw error; // aborted: the stream simply ends here
  }
}

fastify.get('/', (_request, reply) => {
  reply.type('text/event-stream').send(Readable.from(events(fastify.drain.signal)));
});
await fastify.listen({ port: 3000 });

await untilSignal();
const report = await shutdown();
process.exitCode = report.outcome === 'drained' ? 0 : 1;
