import http from 'node:http';
import { processDrain, shutdown, untilSignal } from '@http-drain/core';

const server = http.createServer((request, response) => {
  if (request.url === '/readyz') {
    processDrain.discount(response); // a probe does not count as a request in flight
    return response.writeHead(processDrain.ready ? 200 : 503).end();
  }
  setTimeout(() => response.end('hello\n'), 1_000);
});
processDrain.track(server); // https and http2 servers, too
server.listen(3000);

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
