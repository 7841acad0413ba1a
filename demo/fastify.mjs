/** A Fastify server as anybody would write it, shut down by http-drain. */
import { afterDrain, gracefulPlugin, processDrain, shutdown, untilSignal } from '@http-drain/fastify';
import Fastify from 'fastify';
import { TIMES, tell, tellOfDrain } from './tell.mjs';
import { countBytes, slowAnswer, streamOfLines } from './work.mjs';

const fastify = Fastify();
await fastify.register(gracefulPlugin, { readiness: '/readyz', liveness: '/livez' });
fastify.addContentTypeParser('application/octet-stream', async (_request, body) => body);
fastify.get('/', async () => ({ hello: 'world' }));
fastify.get('/slow', slowAnswer);
fastify.get('/stream', async () => streamOfLines());
fastify.post('/upload', (request) => countBytes(request.body));

await fastify.listen({ host: '127.0.0.1', port: 0 });
tell({ port: fastify.server.address().port });
afterDrain('database', () => tell({ databaseClosed: true }));
const endTelling = tellOfDrain(processDrain);

await untilSignal();
const report = await shutdown(TIMES);
endTelling(report);
process.exitCode = report.clean ? 0 : 1;
