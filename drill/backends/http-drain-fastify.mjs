import { gracefulPlugin, shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';
import { readConfig, tell, work } from './work.mjs';

const config = readConfig();
const fastify = Fastify();
await fastify.register(gracefulPlugin, { readiness: '/readyz', ...config.drain });
fastify.post('/work', async (request) => {
  await work();
  const { id } = /** @type {{ id: string }} */ (request.body);
  return { id, instance: config.instance };
});
await fastify.ready();
fastify.server.listen(config.listen, () => tell({ ready: true }));

await untilSignal();
const report = await shutdown();
tell({ report });
process.exitCode = report.clean ? 0 : 1;
