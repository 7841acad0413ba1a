import { setTimeout } from 'node:timers/promises';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import Koa from 'koa';

const app = new Koa();
app.use(async (context) => {
  if (context.path === '/readyz') {
    processDrain.discount(context.res); // a probe does not count as a request in flight
    context.status = processDrain.ready ? 200 : 503;
    return;
  }
  context.body = await setTimeout(1_000, 'hello\n');
});
processDrain.track(app.listen(3000));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
