// Metrics of the drain, on an admin port that is scraped until everything else is closed.
import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';
import { drainMetrics } from '@http-drain/core/prometheus';
import { register } from 'prom-client';

const app = http.createServer((_request, response) => {
  setTimeout(() => response.end('hello\n'), 1_000);
});
const admin = http.createServer(async (_request, response) => {
  response.setHeader('content-type', register.contentType);
  response.end(await register.metrics());
});
drainMetrics();
processDrain.track(app);
processDrain.track(admin, { probe: true });
app.listen(3000);
admin.listen(9090);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
