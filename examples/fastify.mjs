import { setTimeout } from 'node:timers/promises';
import gracefulPlugin, { shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';

const fastify = Fastify();
await fastify.register(gracefulPlugin, { readiness: '/readyz', liveness: '/livez' });
fastify.get('/', () => setTimeout(1_000, 'hello\n'));
fastify.addHook('onClose', async () => console.log('the database is closed after the last answer'));
await fastify.listen({ port: 3000 });

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
