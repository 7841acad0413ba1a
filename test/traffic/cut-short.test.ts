/** At the deadline an answer, not a reset: a proxy can act on a 503. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { createDrain } from '@http-drain/core';
import express from 'express';
import { fastify } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, listen, portOf, served, until } from './wire.js';

afterEach(cleanUp);

const DEADLINE_MS = 600;
/** What a busy machine may add: one that is not takes less than the deadline. */
const SLACK_MS = 3_000;
const CLIENTS = 100;

const faults: unknown[] = [];
const fault = (error: unknown) => faults.push(error);
process.on('uncaughtException', fault).on('unhandledRejection', fault);
afterEach(() => expect(faults.splice(0)).toEqual([]));

const whole503 =
  /^HTTP\/1\.1 503 Service Unavailable\r\n(?=.*retry-after: \d+\r\n).*content-length: (\d+)\r\n.*\r\n\r\n(.*)$/is;

function expectWhole(text: string): void {
  expect(text).toMatch(whole503);
  const [, length, body] = whole503.exec(text) ?? [];
  expect(body).toHaveLength(Number(length));
  expect(text).toMatch(/^connection: close\r$/im);
}

test(`${CLIENTS} of ${CLIENTS} clients whose request hangs see a whole 503, within the deadline`, async () => {
  const server = http.createServer(() => {});
  const { drain, port } = await served(server, { deadlineMs: 2_000 });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => BareClient.connect(port)));
  for (const client of clients) client.write(get('/hangs'));
  await until(() => drain.inFlight === CLIENTS);
  const since = performance.now();
  const report = await drain.shutdown();
  expect(performance.now() - since).toBeLessThan(2_000 + SLACK_MS);
  await Promise.all(clients.map((client) => client.closed()));
  for (const client of clients) {
    expectWhole(client.text);
    expect(client.ending).toBe('fin');
  }
  expect(report).toMatchObject({ outcome: 'forced', requests: { forced: CLIENTS, completed: 0 } });
  expect(report.stuck.map(({ answered }) => answered)).toEqual(Array(CLIENTS).fill(true));
});

/** What handlers do that go on, as if nothing had happened, when they learn of it and long after. */
const LATER: Record<string, (response: http.ServerResponse) => void> = {
  'set headers, and end': (response) => {
    response.setHeader('X-Late', '1');
    response.statusCode = 201;
    response.end('late');
  },
  'write the head, and the body in pieces': (response) => {
    response.writeHead(200, { 'X-Late': '1' });
    response.write('late ');
    response.write('later');
    response.end();
  },
};

describe.each(Object.entries(LATER))('handlers that %s', (_what, write) => {
  test('harm nobody: over HTTP/1', async () => {
    const responses: http.ServerResponse[] = [];
    const server = http.createServer((_request, response) => responses.push(response));
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const clients = await Promise.all([1, 2].map(() => BareClient.connect(port)));
    for (const client of clients) client.write(get('/'));
    await until(() => responses.length === 2);
    const done = drain.shutdown();
    await clients[0]?.saw(/503/);
    write(responses[0] as http.ServerResponse);
    expect((await done).stuck).toHaveLength(2);
    write(responses[1] as http.ServerResponse);
    for (const client of clients) {
      await client.closed();
      expectWhole(client.text);
    }
  });

  test('harm nobody: over HTTP/2', async () => {
    const responses: http2.Http2ServerResponse[] = [];
    const server = http2.createServer((_request, response) => responses.push(response));
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const session = http2.connect(`http://127.0.0.1:${port}`);
    atTheEnd(() => session.destroy());
    session.on('error', () => {});
    const statuses: unknown[] = [];
    const bodies: string[] = ['', ''];
    const streams = [0, 1].map((at) => {
      const stream = session.request({ ':path': '/' });
      stream
        .on('error', () => {})
        .on('response', (headers) => {
          statuses.push([headers[':status'], headers['retry-after']]);
        });
      return stream.setEncoding('utf8').on('data', (text) => {
        bodies[at] += text;
      });
    });
    await until(() => responses.length === 2);
    const done = drain.shutdown();
    await once(streams[0] as http2.ClientHttp2Stream, 'response');
    write(responses[0] as unknown as http.ServerResponse);
    const { stuck, requests } = await done;
    write(responses[1] as unknown as http.ServerResponse);
    expect(statuses).toEqual([
      [503, '1'],
      [503, '1'],
    ]);
    expect(bodies).toEqual(Array(2).fill(expect.stringContaining('shutting down')));
    expect(requests).toMatchObject({ forced: 2, completed: 0 });
    expect(stuck.map(({ answered }) => answered)).toEqual([true, true]);
  });
});

test('a stream whose head had gone out is reset, beside one that is answered', async () => {
  const server = http2.createServer((request, response) => {
    if (request.url === '/begun') response.write('half');
  });
  const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
  const session = http2.connect(`http://127.0.0.1:${port}`);
  atTheEnd(() => session.destroy());
  session.on('error', () => {});
  const begun = session.request({ ':path': '/begun' }).on('error', () => {});
  const hangs = session.request({ ':path': '/hangs' }).on('error', () => {});
  hangs.resume();
  const answered = once(hangs, 'response');
  await once(begun, 'data');
  const closed = once(begun, 'close');
  const { stuck } = await drain.shutdown();
  expect((await answered)[0][':status']).toBe(503);
  await closed;
  expect(begun.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
  expect(stuck.map(({ url, answered: was }) => [url, was])).toEqual([
    ['/begun', false],
    ['/hangs', true],
  ]);
});

test('what has been begun is cut, a head that was made but has not gone out is not; a HEAD gets no body', async () => {
  const server = http.createServer(({ url }, response) => {
    if (url === '/begun') response.write('half');
    if (url === '/made') response.writeHead(200, { 'Content-Length': 4 });
  });
  const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
  const [begun, made, head] = await Promise.all([1, 2, 3].map(() => BareClient.connect(port)));
  begun?.write(get('/begun'));
  made?.write(get('/made'));
  head?.write(get('/head').replace('GET', 'HEAD'));
  await until(() => drain.inFlight === 3);
  const { stuck } = await drain.shutdown();
  await Promise.all([begun, made, head].map((client) => client?.closed()));
  expect(begun?.text).toMatch(/half\r\n$/);
  expectWhole(made?.text ?? '');
  expect(head?.text).toMatch(/^HTTP\/1\.1 503 .*\r\n\r\n$/s);
  const answered = Object.fromEntries(stuck.map((request) => [request.url, request.answered]));
  expect(answered).toEqual({ '/begun': false, '/made': true, '/head': true });
});

test('of a pipeline the first one is answered, and it says that no more follow', async () => {
  const server = http.createServer(() => {});
  const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
  const client = await BareClient.connect(port);
  client.write(get('/1') + get('/2'));
  await until(() => drain.inFlight === 2);
  const { stuck } = await drain.shutdown();
  await client.closed();
  expectWhole(client.text);
  expect(stuck.map(({ url, answered }) => [url, answered])).toEqual([
    ['/1', true],
    ['/2', false],
  ]);
});

test('a client that is still uploading sees it, too', async () => {
  const server = http.createServer((request) => request.pause());
  const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
  const client = await BareClient.connect(port);
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n');
  client.write('x'.repeat(2_000_000));
  await until(() => drain.inFlight === 1);
  const done = drain.shutdown();
  await client.saw(/503/);
  await done;
  expectWhole(client.text);
});

test('a handler that answers on forceSignal has the last word itself', async () => {
  const drain = createDrain({ deadlineMs: DEADLINE_MS });
  const server = http.createServer((_request, response) => {
    drain.forceSignal.addEventListener('abort', () => response.writeHead(504).end('too slow'));
  });
  drain.track(server);
  const client = await BareClient.connect(await listen(server));
  client.write(get('/'));
  await until(() => drain.inFlight === 1);
  const { requests, stuck } = await drain.shutdown();
  await client.closed();
  expect(client.text).toMatch(/^HTTP\/1\.1 504 .*too slow/s);
  expect(requests).toMatchObject({ completed: 1, forced: 0 });
  expect(stuck).toEqual([]);
});

test('in Express and Fastify, whose handlers go on, nothing throws', async () => {
  const gates: (() => void)[] = [];
  const gate = () => new Promise<void>((resolve) => gates.push(resolve));
  const app = express();
  app.get('/', async (_request, response) => {
    await gate();
    response.status(200).set('X-Late', '1').json({ late: true });
  });
  const instance = fastify();
  instance.get('/', async (_request, reply) => {
    await gate();
    return reply.header('X-Late', '1').send({ late: true });
  });
  await instance.ready();
  const drain = createDrain({ deadlineMs: DEADLINE_MS });
  const servers = [http.createServer(app), instance.server];
  for (const server of servers) {
    drain.track(server);
    await listen(server);
  }
  const clients = await Promise.all(servers.map((server) => BareClient.connect(portOf(server))));
  for (const client of clients) client.write(get('/'));
  await until(() => gates.length === 2);
  const done = drain.shutdown();
  await Promise.all(clients.map((client) => client.saw(/503/)));
  for (const open of gates) open();
  await done;
  for (const client of clients) {
    await client.closed();
    expectWhole(client.text);
  }
});

test.each([
  ['destroys its connection', (socket: Socket) => socket.destroy()],
  ['ends its connection', (socket: Socket) => socket.end()],
])(
  'of a request whose handler %s when forcing begins nobody says that it was answered',
  async (_what, go) => {
    const server = http.createServer((request) => {
      drain.forceSignal.addEventListener('abort', () => go(request.socket), { once: true });
    });
    const { drain, port } = await served(server, { deadlineMs: DEADLINE_MS });
    const client = await BareClient.connect(port);
    client.write(get('/'));
    await until(() => drain.inFlight === 1);
    const { stuck } = await drain.shutdown();
    await client.closed();
    expect(client.text).toBe('');
    expect(stuck.filter(({ answered }) => answered)).toEqual([]);
  },
);
