jest.useFakeTimers();

const { once } = require('node:events');
const http = require('node:http');
const { createDrain } = require('@http-drain/core');

test('drains under fake timers that are there from the first line on', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  const drain = createDrain({ lameDuckMs: 50 });
  drain.track(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  expect(await drain.shutdown()).toMatchObject({ outcome: 'drained' });
});
