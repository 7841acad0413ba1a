const { createServer } = require('node:http');

const answer = Buffer.alloc(24_000_000, 'x');

const server = createServer((request, response) => {
  response.end(request.url === '/export' ? answer : 'hello\n');
});

server.listen(0);
process.on('SIGTERM', () => server.close());
