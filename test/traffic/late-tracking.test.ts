import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { createDrain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, listen, pause, Relay, settled, turns, until } from './wire.js';

afterEach(cleanUp);

const connected = (server: http.Server | http2.Http2Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

test('a fresh connection from before tracking may still send its first request', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  const client = await BareClient.connect(await listen(server));
  while ((await connected(server)) < 1) await pause(1);
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.track(server);
  const done = drain.shutdown();
  await settled(server);
  client.write(get('/'));
  await client.closed();
  expect(client.text).toMatch(/^HTTP\/1\.1 200 .*answer$/s);
  expect((await done).requests).toMatchObject({ late: 1, completed: 1 });
});

test('one that stays silent is closed after a while, an idle one at once', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  const port = await listen(server);
  const silent = await BareClient.connect(port);
  const idle = await BareClient.connect(port);
  idle.write(get('/'));
  await idle.saw(/answer$/);
  while ((await connected(server)) < 2) await pause(1);
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.track(server);
  const done = drain.shutdown();
  await idle.closed();
  expect(silent.socket.destroyed).toBe(false);
  await silent.closed();
  expect(await done).toMatchObject({ outcome: 'drained', connections: { openAtStart: 2, closed: 2 } });
});

test('a fresh HTTP/2 session from before tracking may still send its first request', async () => {
  const server = http2.createServer((_request, response) => response.end('answer'));
  const port = await listen(server);
  const client = http2.connect(`http://127.0.0.1:${port}`);
  atTheEnd(() => client.destroy());
  let sessions = 0;
  server.on('session', () => sessions++);
  await until(() => sessions === 1);
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.track(server);
  const done = drain.shutdown();
  await settled(server);
  const stream = client.request({ ':path': '/' });
  let text = '';
  stream.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  await new Promise((resolve) => stream.on('close', resolve));
  expect(text).toBe('answer');
  expect((await done).outcome).toBe('drained');
});

const BYTES = 2_000_000;
/** All of an answer leaves the server, and lies in kernels. */
const WINDOW = 2_100_000;

test('an answer of an HTTP/2 session that ended for Node before tracking arrives whole at a reader that pauses', async () => {
  let ended = false;
  const server = http2.createServer((_request, response) => {
    response.stream.on('close', () => {
      ended = true;
    });
    response.end(Buffer.alloc(BYTES));
  });
  const relay = await Relay.to(await listen(server));
  const client = http2.connect(`http://127.0.0.1:${relay.port}`, { settings: { initialWindowSize: WINDOW } });
  client.on('error', () => {});
  atTheEnd(() => client.destroy());
  await once(client, 'remoteSettings');
  client.setLocalWindowSize(WINDOW);
  let bytes = 0;
  const stream = client.request({ ':path': '/' });
  stream.on('error', () => {});
  stream.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  relay.goOnSlowly();
  await until(() => ended);
  relay.stop();
  const drain = createDrain({ deadlineMs: 10_000 });
  drain.track(server);
  const done = drain.shutdown();
  await pause(1_500);
  relay.goOnSlowly();
  await new Promise((resolve) => stream.on('close', resolve));
  expect(bytes).toBe(BYTES);
  expect((await done).outcome).toBe('drained');
});

test('an answer that ended just before its server was tracked is read, however much has come elsewhere', async () => {
  const drain = createDrain({ deadlineMs: 5_000 });
  const busy = http.createServer((_request, response) => response.end('answer'));
  drain.track(busy);
  const other = await BareClient.connect(await listen(busy));
  for (let requests = 1; requests <= 3; requests++) {
    other.write(get('/'));
    await until(() => (other.text.match(/answer/g) ?? []).length === requests);
    await pause(120);
  }
  const server = http.createServer((_request, response) => response.end('answer'));
  const client = await BareClient.connect(await listen(server), { stubborn: true });
  client.write(get('/'));
  await client.saw(/answer$/);
  drain.track(server);
  const done = drain.shutdown();
  await settled(server);
  // It crosses our close, and is not answered by a reset, which would destroy an answer that is still on its way.
  for (const path of ['/too-late', '/tells-of-a-reset']) {
    client.write(get(path));
    await turns(20);
  }
  client.socket.end();
  await client.closed();
  expect(client.ending).toBe('fin');
  expect((await done).outcome).toBe('drained');
});
