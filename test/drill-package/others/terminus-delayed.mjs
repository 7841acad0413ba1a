import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTerminus } from '@godaddy/terminus';

const server = http.createServer((_, response) => response.end('hello\n'));
createTerminus(server, {
  signal: 'SIGTERM',
  healthChecks: { '/healthz': async () => {} },
  // As its manual has it for Kubernetes: time for load balancers to look away.
  beforeShutdown: () => sleep(5_000),
});
server.listen(process.env.PORT ?? 0);
