/** A service that is stopped by http-drain: nothing may be said of it. */
import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '../../../packages/core/dist/index.mjs';

const BIG = Buffer.alloc(24_000_000, 'x');

const server = http.createServer((request, response) => {
  if (request.url === '/readyz') {
    processDrain.discount(response);
    response.writeHead(processDrain.ready ? 200 : 503).end();
  } else if (request.url === '/big') response.end(BIG);
  else setTimeout(() => response.end('hello\n'), request.url === '/slow' ? 700 : 10);
});
processDrain.track(server);
server.listen(process.env.PORT ?? 0);

await untilSignal();
const report = await shutdown();
process.exitCode = report.outcome === 'drained' ? 0 : 1;
