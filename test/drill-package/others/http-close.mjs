import http from 'node:http';

const server = http.createServer((_, response) => response.end('hello\n')).listen(process.env.PORT ?? 0);
process.on('SIGTERM', () => server.close());
