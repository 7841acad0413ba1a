import { setTimeout } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import { Hono } from 'hono';

const app = new Hono();
app.get('/readyz', (context) => {
  processDrain.discount(context.env.outgoing); // a probe does not count as a request in flight
  return context.text('', processDrain.ready ? 200 : 503);
});
app.get('/', async (context) => context.text(await setTimeout(1_000, 'hello\n')));
processDrain.track(serve({ fetch: app.fetch, port: 3000 }));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
