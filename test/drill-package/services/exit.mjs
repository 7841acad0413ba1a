import http from 'node:http';

http.createServer((_, response) => response.end('hello\n')).listen(process.env.PORT ?? 0);
process.on('SIGTERM', () => process.exit(0));
