import http from 'node:http';

http.createServer((_, response) => response.end('hello\n')).listen(0);
process.on('SIGTERM', () => process.exit(0));
