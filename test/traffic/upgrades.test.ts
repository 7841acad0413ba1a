import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain, type Drain } from '@http-drain/core';
import { expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { BareClient, get, served } from './wire.js';

async function listen(server: http.Server, drain: Drain): Promise<number> {
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const chat = {
  method: 'GET',
  url: '/chat',
  protocol: 'websocket',
  remoteAddress: '127.0.0.1',
  ageMs: expect.any(Number),
};

test.each(['before', 'after'])('a WebSocket of a server that was made %s tracking is named', async (when) => {
  const logger = { info: vi.fn(), warn: vi.fn() };
  const drain = createDrain({ logger, deadlineMs: 1_500 });
  const server = http.createServer();
  if (when === 'before') new WebSocketServer({ server });
  const port = await listen(server, drain);
  if (when === 'after') new WebSocketServer({ server });
  const client = new WebSocket(`ws://127.0.0.1:${port}/chat?token=secret`);
  await once(client, 'open');
  client.on('error', () => {});

  expect(drain.snapshot()).toMatchObject({ connections: { upgraded: 1 }, upgraded: [chat] });
  const report = await drain.shutdown();
  expect(report).toMatchObject({ outcome: 'forced', stuck: [chat], requests: { forced: 0 } });
  const lines = logger.info.mock.calls.map(([, line]) => line);
  const named =
    /^draining: waiting for 1 connection, 1 upgraded \(oldest websocket \/chat of 127\.0\.0\.1, \d\.\d s\)$/;
  expect(lines).toContainEqual(expect.stringMatching(named));
  expect(logger.warn.mock.calls.at(-1)?.[1]).toMatch(
    /; cut off websocket \/chat of 127\.0\.0\.1 after \d\.\d s$/,
  );
});

test('a tunnel is named', async () => {
  const drain = createDrain({ deadlineMs: 300, logger: { info() {}, warn() {} } });
  const server = http.createServer();
  server.on('connect', (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  const client = net.connect(await listen(server, drain), '127.0.0.1');
  client.on('error', () => {});
  client.write('CONNECT db.internal:5432 HTTP/1.1\r\nHost: db.internal:5432\r\n\r\n');
  await once(client, 'data');
  const { stuck } = await drain.shutdown();
  expect(stuck).toMatchObject([{ method: 'CONNECT', url: 'db.internal:5432', protocol: 'connect' }]);
});

test('one that was there before tracking is told of without its request', async () => {
  const drain = createDrain({ deadlineMs: 300, logger: { info() {}, warn() {} } });
  const server = http.createServer();
  new WebSocketServer({ server });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat`);
  client.on('error', () => {});
  await once(client, 'open');
  drain.track(server);
  const { stuck } = await drain.shutdown();
  expect(stuck).toMatchObject([{ method: '', url: '', protocol: 'upgraded', remoteAddress: '127.0.0.1' }]);
});

/** What a server without a listener of 'upgrade' does: it answers as if nothing had been asked. */
async function asksForUpgrade(port: number): Promise<string> {
  const client = net.connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: echo\r\n\r\n');
  let text = '';
  client.on('data', (data) => {
    text += data;
  });
  await once(client, 'close');
  return text;
}

test('a server that takes no upgrades goes on to answer them, and one that takes none any more', async () => {
  const server = http.createServer((_request, response) => response.end('plain'));
  const [one, two] = [createDrain(), createDrain()];
  const port = await listen(server, one);
  two.track(server);
  expect(await asksForUpgrade(port)).toMatch(/plain$/);

  const take = (_request: unknown, socket: NodeJS.WritableStream) =>
    void socket.end('HTTP/1.1 101 Taken\r\n\r\n');
  server.on('upgrade', take);
  expect(await asksForUpgrade(port)).toMatch(/^HTTP\/1.1 101 Taken/);
  server.off('upgrade', take);
  expect(await asksForUpgrade(port)).toMatch(/plain$/);
  expect(server.listenerCount('upgrade')).toBe(0);

  server.once('upgrade', take);
  expect(await asksForUpgrade(port)).toMatch(/^HTTP\/1.1 101 Taken/);
  expect(await asksForUpgrade(port)).toMatch(/plain$/);

  server.on('upgrade', take);
  server.removeAllListeners('upgrade');
  expect(await asksForUpgrade(port)).toMatch(/plain$/);
  await Promise.all([one.shutdown(), two.shutdown()]);
});

test('nothing of it is left on a server that is released', async () => {
  const server = http.createServer();
  server.on('upgrade', () => {});
  const drain = createDrain();
  await listen(server, drain);
  await drain.shutdown();
  const events = ['newListener', 'removeListener', 'upgrade', 'connect'];
  expect(events.map((event) => server.listenerCount(event))).toEqual([0, 0, 1, 0]);
});

test('a WebSocket that is told to go, and does not, is in the report as what was cut', async () => {
  const server = http.createServer();
  const wss = new WebSocketServer({ server });
  const { drain, port } = await served(server, { deadlineMs: 1_000 });
  drain.trackWebSockets(wss);
  const client = await BareClient.connect(port);
  client.write(
    get(
      '/chat',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ),
  );
  await client.saw(/^HTTP\/1.1 101 /);
  const report = await drain.shutdown();
  expect(report).toMatchObject({
    outcome: 'forced',
    connections: { forced: 1, closed: 0 },
    stuck: [{ url: '/chat', protocol: 'websocket' }],
  });
});
