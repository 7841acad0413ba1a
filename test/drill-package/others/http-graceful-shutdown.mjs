import http from 'node:http';
import gracefulShutdown from 'http-graceful-shutdown';

const server = http.createServer((_, response) => response.end('hello\n')).listen(process.env.PORT ?? 0);
gracefulShutdown(server);
