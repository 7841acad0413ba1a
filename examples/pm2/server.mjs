import cluster from 'node:cluster';
import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';

const server = http.createServer((_request, response) => {
  setTimeout(() => response.end(`answered by ${process.pid}\n`), 5);
});
processDrain.track(server);
// In the lame duck each keep-alive client is told Connection: close with its next answer. In fork mode the next
// process waits for this one to end, so it only makes the gap longer.
processDrain.configure({ deadlineMs: 20_000, lameDuckMs: cluster.isWorker ? 500 : 0 });
server.listen(Number(process.env.PORT ?? 3000), () => process.send?.('ready'));

const reason = await untilSignal({ message: 'shutdown' });
const report = await shutdown();
console.log(`${reason}: ${report.outcome} in ${Math.round(report.durationMs)} ms`);
process.exitCode = report.clean ? 0 : 1;
