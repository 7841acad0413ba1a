import { once } from 'node:events';
import { createRequire } from 'node:module';
import { drain, processDrain, shutdown } from '@http-drain/express';
import gracefulPlugin, { gracefulPlugin as named } from '@http-drain/fastify';
import express from 'express';

const require = createRequire(import.meta.url);
const core = await import('@http-drain/core');
const required = require('@http-drain/core');
const sameObjects =
  processDrain === core.processDrain &&
  shutdown === required.shutdown &&
  drain === require('@http-drain/express').drain &&
  gracefulPlugin === named &&
  gracefulPlugin === require('@http-drain/fastify').default &&
  Object.keys(required).every((name) => required[name] === core[name]);

const app = express();
app.use(drain());
app.get('/', (_request, response) => setTimeout(() => response.send('served'), 200));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');

const answer = fetch(`http://127.0.0.1:${server.address().port}/`);
await once(server, 'request');
const report = await shutdown({ deadlineMs: 10_000 });
const text = await (await answer).text();
console.log(JSON.stringify({ text, report, sameObjects }));
