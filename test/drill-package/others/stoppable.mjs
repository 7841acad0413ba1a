import http from 'node:http';
import stoppable from 'stoppable';

const server = stoppable(http.createServer((_, response) => response.end('hello\n'))).listen(
  process.env.PORT ?? 0,
);
process.on('SIGTERM', () => server.stop());
