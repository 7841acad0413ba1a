import { once } from 'node:events';
import { drain } from '@http-drain/express';
import gracefulPlugin, { type Drain, type DrainReport, shutdown } from '@http-drain/fastify';
import express from 'express';
import Fastify from 'fastify';

async function main(): Promise<void> {
  const fastify = Fastify();
  await fastify.register(gracefulPlugin, { readiness: '/readyz' });
  fastify.get('/', async () => {
    const own: Drain = fastify.drain;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return own.ready ? 'too early' : 'served';
  });
  const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
  express().use(drain());

  const answer = fetch(url);
  await once(fastify.server, 'request');
  const report: DrainReport = await shutdown({ deadlineMs: 10_000 });
  const text = await (await answer).text();
  console.log(JSON.stringify({ text, report }));
}

void main();
