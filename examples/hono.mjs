import { setTimeout } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createProbes, processDrain, shutdown, untilSignal } from '@http-drain/core';
import { Hono } from 'hono';

const app = new Hono();
const answerProbe = createProbes({ readiness: '/readyz', liveness: '/livez' });
app.use(({ env }, next) => (answerProbe(env.incoming, env.outgoing) ? RESPONSE_ALREADY_SENT : next()));
app.get('/', async (context) => context.text(await setTimeout(1_000, 'hello\n')));
processDrain.track(serve({ fetch: app.fetch, port: 3000 }));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
