import http from 'node:http';
import express from 'express';
import Fastify from 'fastify';
import { peers } from './peers.mjs';
import { readConfig, tell, work } from './work.mjs';

/** A backend that is shut down by another library, or by none. */
const config = readConfig();
const peer = peers[config.library];
if (peer === undefined) throw new Error(`no such library: ${config.library}`);

/** Readiness by hand, since of these libraries only terminus has it: not ready from the signal on. */
let ready = true;
process.once('SIGTERM', () => {
  ready = false;
});

const server = config.framework === 'express' ? expressServer() : await fastifyServer();
server.listen(config.listen, () => tell({ ready: true }));
peer(server, config.drain);

function expressServer() {
  const app = express();
  app.get('/readyz', (_req, res) => void res.status(ready ? 200 : 503).send(ready ? 'ready' : 'draining'));
  app.post('/work', express.json(), async (req, res) => {
    await work();
    res.json({ id: req.body.id, instance: config.instance });
  });
  return http.createServer(app);
}

async function fastifyServer() {
  const fastify = Fastify();
  fastify.get('/readyz', (_request, reply) =>
    reply.code(ready ? 200 : 503).send(ready ? 'ready' : 'draining'),
  );
  fastify.post('/work', async (request) => {
    await work();
    const { id } = /** @type {{ id: string }} */ (request.body);
    return { id, instance: config.instance };
  });
  await fastify.ready();
  return fastify.server;
}
