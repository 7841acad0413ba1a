import http from 'node:http';

const server = http.createServer((_, response) => response.end('hello\n')).listen(0);
process.on('SIGTERM', () => server.close());
