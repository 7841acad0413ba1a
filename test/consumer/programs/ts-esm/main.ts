import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Drain } from '@http-drain/core';
import { type DrainReport, drain, shutdown } from '@http-drain/express';
import gracefulPlugin from '@http-drain/fastify';
import express from 'express';
import Fastify from 'fastify';

const app = express();
app.use(drain({ readiness: '/readyz' }));
app.get('/', (request, response) => {
  const own: Drain = request.drain;
  setTimeout(() => response.send(own.ready ? 'too early' : 'served'), 200);
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
await Fastify().register(gracefulPlugin, { deadlineMs: 10_000 });

const answer = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
await once(server, 'request');
const report: DrainReport = await shutdown({ deadlineMs: 10_000 });
const text = await (await answer).text();
console.log(JSON.stringify({ text, report }));
