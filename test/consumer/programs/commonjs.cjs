const { once } = require('node:events');
const { gracefulPlugin, shutdown } = require('@http-drain/fastify');
const Fastify = require('fastify');

async function main() {
  const fastify = Fastify();
  await fastify.register(gracefulPlugin);
  fastify.get('/', async () => new Promise((resolve) => setTimeout(resolve, 200, 'served')));
  const url = await fastify.listen({ port: 0, host: '127.0.0.1' });

  const answer = fetch(url);
  await once(fastify.server, 'request');
  const report = await shutdown({ deadlineMs: 10_000 });
  const text = await (await answer).text();
  const imported = await import('@http-drain/fastify');
  const sameObjects = imported.shutdown === shutdown && imported.default === gracefulPlugin;
  console.log(JSON.stringify({ text, report, sameObjects }));
}

void main();
