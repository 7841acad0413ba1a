import http from 'node:http';
import { createProbes, processDrain, shutdown, untilSignal } from '@http-drain/core';

const answerProbe = createProbes({ readiness: '/readyz', liveness: '/livez' });
const server = http.createServer((request, response) => {
  if (answerProbe(request, response)) return;
  setTimeout(() => response.end('hello\n'), 1_000);
});
processDrain.track(server); // https and http2 servers, too
server.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
