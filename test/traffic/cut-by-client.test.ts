/** An answer of which most never left is not told to have been completed: Node 20 and 22 say that it has finished. */
import { once } from 'node:events';
import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, pause, served } from './wire.js';

afterEach(cleanUp);

const BODY = Buffer.alloc(24_000_000, 'x');

test.each<[string, (client: BareClient, request: http.IncomingMessage) => unknown]>([
  ['its client goes', (client) => client.socket.destroy()],
  ['its client resets the connection', (client) => client.socket.resetAndDestroy()],
  ['its handler destroys the socket', (_client, { socket }) => socket.destroy()],
])('a request is aborted where most of its answer never left: %s', async (_how, cut) => {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    response.end(BODY);
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.socket.pause();
  client.write(get('/'));
  await once(server, 'request');
  await pause(50);
  const done = drain.shutdown();
  await pause(50);
  cut(client, requests[0]!);
  expect((await done).requests).toMatchObject({ inFlightAtStart: 1, completed: 0, aborted: 1, forced: 0 });
});

test('one that its handler has closed behind an answer that left whole is completed', async () => {
  const server = http.createServer((request, response) => {
    setTimeout(() => {
      response.end('answer');
      request.socket.destroySoon();
    }, 100);
  });
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  client.write(get('/'));
  await once(server, 'request');
  const done = drain.shutdown();
  await client.closed();
  expect(client.text).toMatch(/answer$/);
  expect((await done).requests).toMatchObject({ completed: 1, aborted: 0 });
});
