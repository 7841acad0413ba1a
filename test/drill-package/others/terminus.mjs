import http from 'node:http';
import { createTerminus } from '@godaddy/terminus';

const server = http.createServer((_, response) => response.end('hello\n'));
createTerminus(server, { signal: 'SIGTERM', healthChecks: { '/healthz': async () => {} } });
server.listen(process.env.PORT ?? 0);
