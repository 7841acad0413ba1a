/** Each use of Node's insides is taken away, and what its comment promises is what happens. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { Server, Socket } from 'node:net';
import tls from 'node:tls';
import { createDrain } from '@http-drain/core';
import { afterEach, describe, expect, test } from 'vitest';
import { startFixture } from '../process/child.js';
import { atTheEnd, BareClient, cleanUp, get, listen, pause, portOf, until } from '../traffic/wire.js';

afterEach(cleanUp);

// biome-ignore lint/suspicious/noExplicitAny: it is about fields that no type has
type Insides = any;

interface Without {
  /** Once the server listens. */
  server?(server: Insides): void;
  /** Once Node's own listeners have seen a connection. */
  socket?(socket: Insides): void;
}

function hide(target: object, key: PropertyKey, value: unknown = undefined): void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
  atTheEnd(() => {
    if (before) Object.defineProperty(target, key, before);
    else delete (target as Insides)[key];
  });
}

const symbol = (object: object, description: string): symbol =>
  Object.getOwnPropertySymbols(object).find((key) => key.description === description) as symbol;

const WITHOUT: Record<string, Without> = {
  "Node's list of connections": {
    server: (server) => hide(server, symbol(server, 'http.server.connections')),
  },
  'the interval of timeouts': {
    server: (server) => {
      clearInterval(server[symbol(server, 'http.server.connectionsCheckingInterval')]);
      delete server[symbol(server, 'http.server.connectionsCheckingInterval')];
    },
  },
  'listen() of the handle': { server: (server) => hide(server._handle, 'listen') },
  'getpeername() of the handle': {
    server: (server) => hide(Object.getPrototypeOf(server._handle), 'getpeername'),
  },
  'the parser of a socket': {
    socket: (socket) => Object.defineProperty(socket, 'parser', { get: () => undefined, set: () => {} }),
  },
  'the list of what is active': { server: () => hide(process, '_getActiveHandles') },
  'the length of the write queue': {
    socket: (socket) => hide(Object.getPrototypeOf(socket._handle), 'writeQueueSize'),
  },
};

/** A server with all kinds of traffic on it, which is drained; what became of each. */
async function drained(without: Without) {
  const drain = createDrain({ deadlineMs: 8_000 });
  const gates: (() => void)[] = [];
  let connections = 0;
  const server = http.createServer(({ url }, response) => {
    const answer = () => response.end(`answer to ${url}`);
    if (url?.startsWith('/gated')) gates.push(answer);
    else answer();
  });
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: upgrade\r\n\r\n');
    socket.on('end', () => socket.end());
    drain.signal.addEventListener('abort', () => setTimeout(() => socket.end('goodbye'), 1_200));
  });
  drain.track(server);
  await listen(server);
  without.server?.(server);
  server.on('connection', (socket: Socket) => {
    connections++;
    without.socket?.(socket);
  });
  const port = portOf(server);
  const connect = () => BareClient.connect(port);
  const [idle, busy, half, upgraded, pipeline] = [
    await connect(),
    await connect(),
    await connect(),
    await connect(),
    await connect(),
  ];
  idle.write(get('/idle'));
  await idle.saw(/answer/);
  busy.write(get('/gated/busy'));
  half.write('GET /half HTTP/1.1\r\nHo');
  upgraded.write(get('/', 'Connection: upgrade', 'Upgrade: raw'));
  await upgraded.saw(/101/);
  pipeline.write(get('/gated/1') + get('/gated/2'));
  await until(() => gates.length === 3);
  const done = drain.shutdown();
  await until(() => !server.listening);
  await pause(50);
  half.write('st: a\r\n\r\n');
  for (const open of gates) open();
  await Promise.all([idle, busy, half, upgraded, pipeline].map((client) => client.closed()));
  return {
    report: await done,
    connections,
    endings: { idle, busy, half, upgraded, pipeline },
  };
}

test.each(Object.entries(WITHOUT))('without %s everything is served and closed', async (what, without) => {
  const { report, connections, endings } = await drained(without);
  expect(report).toMatchObject({ outcome: 'drained', connections: { forced: 0 } });
  expect(report.durationMs).toBeLessThan(4_000);
  expect(endings.busy.text).toMatch(/Connection: close.*answer to \/gated\/busy$/s);
  expect(endings.half.text).toMatch(/answer to \/half$/);
  expect(endings.upgraded.text).toMatch(/goodbye$/);
  expect(endings.pipeline.text.match(/answer to [^H]*/g)).toEqual([
    'answer to /gated/1',
    'answer to /gated/2',
  ]);
  expect(Object.values(endings).map(({ ending }) => ending)).toEqual(Array(5).fill('fin'));
  expect({ what, connections }).toMatchObject({ connections: expect.toSatisfy((n: number) => n <= 7) });
});

describe('what was there before tracking', () => {
  async function lateTracked(server: Server, prepare: () => Promise<unknown>, without: () => void) {
    await listen(server);
    await prepare();
    without();
    const drain = createDrain({ deadlineMs: 1_500 });
    drain.track(server);
    return drain;
  }

  test.each<[string, (server: Insides) => void]>([
    ['the list of what is active', () => hide(process, '_getActiveHandles')],
    ["Node's list of connections", (server) => hide(server, symbol(server, 'http.server.connections'))],
  ])('without %s: HTTP/1 connections are drained', async (_what, without) => {
    const answers: http.ServerResponse[] = [];
    const server = http.createServer((_request, response) => answers.push(response));
    let client!: BareClient;
    const drain = await lateTracked(
      server,
      async () => {
        client = await BareClient.connect(portOf(server));
        client.write(get('/'));
        await once(server, 'request');
      },
      () => without(server),
    );
    expect(drain.inFlight).toBe(1);
    const done = drain.shutdown();
    answers[0]?.end('answer');
    await client.closed();
    expect(client.text).toMatch(/answer$/);
    expect((await done).outcome).toBe('drained');
  });

  test('without both: a connection is found at its next request, and the deadline closes all others', async () => {
    const server = http.createServer((_request, response) => response.end('answer'));
    const clients: BareClient[] = [];
    const drain = await lateTracked(
      server,
      async () => {
        for (let i = 0; i < 2; i++) clients.push(await BareClient.connect(portOf(server)));
        for (const client of clients) client.write(get('/'));
        await Promise.all(clients.map((client) => client.saw(/answer/)));
      },
      () => {
        hide(process, '_getActiveHandles');
        hide(server, symbol(server, 'http.server.connections'));
      },
    );
    clients[0]?.write(get('/'));
    await until(() => drain.snapshot().connections.open === 1);
    const { outcome, durationMs } = await drain.shutdown();
    await clients[0]?.closed();
    expect(durationMs).toBeLessThan(2_000);
    expect(outcome).toBe('forced');
  });

  test('without the list of what is active: an HTTP/2 session is found at its next stream', async () => {
    const answers: http2.Http2ServerResponse[] = [];
    const server = http2.createServer((_request, response) => answers.push(response));
    let session!: http2.ClientHttp2Session;
    const drain = await lateTracked(
      server,
      async () => {
        session = http2.connect(`http://127.0.0.1:${portOf(server)}`);
        atTheEnd(() => session.destroy());
        await once(session, 'remoteSettings');
      },
      () => hide(process, '_getActiveHandles'),
    );
    const stream = session.request({ ':path': '/found' });
    await until(() => drain.inFlight === 1);
    expect(drain.snapshot().requests).toMatchObject([{ url: '/found', protocol: 'h2' }]);
    const done = drain.shutdown();
    answers[0]?.end('answer');
    stream.resume();
    await once(stream, 'close');
    expect((await done).outcome).toBe('drained');
  });
});

test('without the way down from a TLS socket its raw one is found by its peer', async () => {
  const pem = (name: string) => readFileSync(new URL(`../support/certificate/${name}.pem`, import.meta.url));
  const answers: http.ServerResponse[] = [];
  const server = https.createServer({ key: pem('key'), cert: pem('cert') }, (_request, response) => {
    answers.push(response);
  });
  const drain = createDrain({ deadlineMs: 5_000 });
  server.prependListener('secureConnection', (socket: Insides) => {
    hide(socket, '_parent', null); // as Node's own, where there is none
    hide(socket._handle, '_parentWrap');
  });
  const hidden = server.listeners('secureConnection')[0] as () => void;
  drain.track(server);
  // Before ours, which are put before all others.
  server.off('secureConnection', hidden).prependListener('secureConnection', hidden);
  await listen(server);
  const client = tls.connect({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false });
  atTheEnd(() => client.destroy());
  client.write(get('/'));
  await until(() => answers.length === 1);
  expect(drain.snapshot().connections).toMatchObject({ open: 1, handshake: 0, active: 1 });
  const done = drain.shutdown();
  await until(() => !server.listening);
  await pause(700);
  let text = '';
  client.on('data', (data) => {
    text += data;
  });
  answers[0]?.end('answer');
  await once(client, 'close');
  expect(text).toMatch(/answer$/);
  // Node itself finds no way down any more either, and leaves the raw socket open.
  drain.force();
  expect((await done).requests).toMatchObject({ completed: 1 });
});

test('core loads, and drains, where there is no inspector', async () => {
  const child = startFixture('../../node/fixtures/no-inspector.cjs');
  expect(await child.json('report')).toMatchObject({ outcome: 'drained' });
  expect(await child.exited).toEqual({ code: 0, signal: null });
});
