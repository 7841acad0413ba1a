import { setTimeout } from 'node:timers/promises';
import { createProbes, processDrain, shutdown, untilSignal } from '@http-drain/core';
import Koa from 'koa';

const app = new Koa();
const answerProbe = createProbes({ readiness: '/readyz', liveness: '/livez' });
app.use(async (context) => {
  if (answerProbe(context.req, context.res)) {
    context.respond = false; // it is answered
    return;
  }
  context.body = await setTimeout(1_000, 'hello\n');
});
processDrain.track(app.listen(3000));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
