/** What random worlds brought to light, each in its smallest form. */

import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { createDrain, type Drain, type DrainOptions } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { deferred } from '../../packages/core/src/node/turn.js';
import { turn } from './clock.js';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function connect(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  cleanUps.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Reads on; returns what gives all that has been read so far. */
function readAll(client: Socket): () => string {
  let received = '';
  client.on('data', (data: Buffer) => {
    received += data;
  });
  return () => received;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function served(server: Server, options?: DrainOptions): Promise<{ drain: Drain; port: number }> {
  const drain = createDrain(options);
  drain.track(server);
  return { drain, port: await listen(server) };
}

/** The listener is closed, and each connection knows what becomes of it. */
async function settled(server: Server): Promise<void> {
  while (server.listening) await turn();
  for (let turns = 0; turns < 5; turns++) await turn();
}

const countTimeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a server that listens again after a drain that refused calls each handler once', async () => {
  let calls = 0;
  const server = http.createServer((_request, response) => {
    calls++;
    response.end();
  });
  const { drain } = await served(server, { lateRequests: 'reject' });
  await drain.shutdown();
  expect(server.listenerCount('request')).toBe(1);
  const port = await listen(server);
  (await connect(port)).write(get('/'));
  await once(server, 'request');
  expect(calls).toBe(1);
});

test('a client that leaves while draining is counted out once', async () => {
  const server = http.createServer(() => {});
  const { drain, port } = await served(server);
  const client = await connect(port);
  client.write(get('/hangs'));
  await once(server, 'request');
  const done = drain.shutdown();
  // Retired connections look for what is left when a request ends.
  while (server.listening) await turn();
  await turn();
  client.resetAndDestroy();
  const { requests, outcome } = await done;
  expect(outcome).toBe('drained');
  expect(requests).toMatchObject({ inFlightAtStart: 1, aborted: 1, late: 0 });
  expect(drain.inFlight).toBe(0);
});

test('requests that are forced are in flight no more, however many waited behind each other', async () => {
  const server = http.createServer(() => {});
  const { drain, port } = await served(server, { deadlineMs: 100 });
  (await connect(port)).write(get('/1') + get('/2') + get('/3'));
  while (drain.inFlight < 3) await turn();
  const { requests, stuck } = await drain.shutdown();
  expect(requests).toMatchObject({ inFlightAtStart: 3, forced: 3, late: 0 });
  expect(stuck).toHaveLength(3);
  expect(drain.inFlight).toBe(0);
});

test('with no time at all everything is still closed before it resolves, and before the hooks run', async () => {
  const server = http.createServer(() => {});
  const { drain, port } = await served(server, { deadlineMs: 0 });
  let socket: Socket | undefined;
  server.on('connection', (accepted: Socket) => {
    socket = accepted;
  });
  (await connect(port)).write(get('/'));
  await once(server, 'request');
  let closedAtHook = false;
  drain.afterDrain('look', () => {
    closedAtHook = socket?.closed === true;
  });
  await drain.shutdown();
  expect(closedAtHook).toBe(true);
});

test('an HTTP/2 stream that ends with its connection leaves no timer', async () => {
  const server = http2.createServer(() => {});
  const { drain, port } = await served(server, { deadlineMs: 200 });
  const before = countTimeouts();
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  session.request({ ':path': '/hangs' }).on('error', () => {});
  await once(server, 'request');
  await drain.shutdown();
  await turn();
  expect(countTimeouts()).toBeLessThanOrEqual(before);
});

test('background work that was not waited out is in flight no more once closed', async () => {
  const drain = createDrain({ deadlineMs: 50 });
  drain.waitUntil(new Promise(() => {}), 'endless');
  const { background, outcome } = await drain.shutdown();
  expect(background.map(({ name }) => name)).toEqual(['endless']);
  expect(outcome).toBe('forced');
  expect(drain.inFlight).toBe(0);
});

test('background work that a hook hands over is waited for', async () => {
  const drain = createDrain({ deadlineMs: 5_000 });
  let done = false;
  drain.afterDrain('hands over', () => {
    const work = async () => {
      await turn();
      done = true;
    };
    drain.waitUntil(work());
  });
  const { background, outcome } = await drain.shutdown();
  expect({ done, background, outcome }).toEqual({ done: true, background: [], outcome: 'drained' });
});

test('an HTTP/2 answer is completed, also where the client ends its side in a frame of its own', async () => {
  const server = http2.createServer((_request, response) => {
    setImmediate(() => response.end('answer'));
  });
  const { drain, port } = await served(server);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'connect');
  const stream = session.request({ ':method': 'POST' }, { endStream: false });
  stream.resume().end();
  await once(server, 'stream');
  const { requests } = await drain.shutdown();
  expect(requests).toMatchObject({ inFlightAtStart: 1, completed: 1, aborted: 0 });
});

test('a refused HTTP/2 request is rejected, not aborted', async () => {
  const server = http2.createServer(() => {});
  const { drain, port } = await served(server, { lateRequests: 'reject' });
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'connect');
  await once(session, 'remoteSettings');
  const done = drain.shutdown();
  await settled(server);
  const stream = session.request({ ':method': 'POST' }, { endStream: false });
  stream.resume().end();
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(headers[':status']).toBe(503);
  expect((await done).requests).toMatchObject({ late: 1, rejected: 1, aborted: 0 });
});

test('the types take a WebSocketServer as ws declares it', async () => {
  const drain = createDrain();
  drain.trackWebSockets(new WebSocketServer({ noServer: true }));
  expect((await drain.shutdown()).outcome).toBe('drained');
});

test('an answer that its client is still reading survives what the client sends next', async () => {
  const body = 'x'.repeat(2_000_000);
  const server = http.createServer((_request, response) => response.end(body));
  const { drain, port } = await served(server);
  const client = await connect(port);
  client.pause().write(get('/'));
  await once(server, 'request');
  while (drain.inFlight > 0) await turn();
  const done = drain.shutdown();
  await settled(server);
  client.write(get('/too-late'));
  for (let turns = 0; turns < 5; turns++) await turn();
  let received = 0;
  client.on('data', (data: Buffer) => {
    received += data.length;
  });
  client.resume();
  await once(client, 'close');
  expect(received).toBeGreaterThan(body.length);
  expect((await done).outcome).toBe('drained');
});

test('with hardly any time everything is still closed before it resolves, whichever timer comes first', async () => {
  for (let round = 0; round < 50; round++) {
    const deadlineMs = 2 + (round % 10);
    const sockets: Socket[] = [];
    const server = http.createServer(() => {});
    server.on('connection', (accepted: Socket) => sockets.push(accepted));
    const { drain, port } = await served(server, { deadlineMs });
    await connect(port);
    while (sockets.length === 0) await turn();
    drain.beforeDrain('takes its time', () => turn());
    await drain.shutdown();
    expect(sockets.every(({ closed }) => closed)).toBe(true);
  }
});

test('a pipeline from before tracking is answered to its end, also where an answer was ready and had to wait', async () => {
  const gate = deferred();
  let requests = 0;
  const server = http.createServer(async ({ url }, response) => {
    requests++;
    if (url === '/1') await gate.promise;
    if (url === '/3') await gate.promise.then(turn).then(turn);
    response.end(`answer to ${url}`);
  });
  const port = await listen(server);
  const client = await connect(port);
  client.write(get('/1') + get('/2') + get('/3'));
  while (requests < 3) await turn();
  const drain = createDrain();
  drain.track(server);
  const done = drain.shutdown();
  await settled(server);
  gate.resolve();
  const received = readAll(client);
  await once(client, 'close');
  expect(received().match(/answer to \/\d/g)).toEqual(['answer to /1', 'answer to /2', 'answer to /3']);
  expect((await done).outcome).toBe('drained');
});

test('what was sent behind a pipeline whose answers fill its buffer is served, not refused', async () => {
  const gate = deferred();
  let requests = 0;
  const server = http.createServer(async ({ url }, response) => {
    requests++;
    if (url === '/1') await gate.promise;
    response.end(url === '/2' ? 'x'.repeat(1_000_000) : `answer to ${url}`);
  });
  const { drain, port } = await served(server, { lateRequests: 'reject' });
  const client = await connect(port);
  client.write(get('/1') + get('/2'));
  while (requests < 2) await turn();
  client.write(get('/3'));
  while (requests < 3) await turn();
  client.write(get('/4')); // lies in the kernel: Node has paused the socket
  await turn();
  const done = drain.shutdown();
  await settled(server);
  expect(requests).toBe(3);
  gate.resolve();
  const received = readAll(client);
  await once(client, 'close');
  expect(received()).not.toContain('503');
  expect(received()).toContain('answer to /3');
  expect((await done).requests).toMatchObject({ rejected: 0 });
});

test('what was sent behind a body that nobody reads is served, not refused', async () => {
  const body = 500_000;
  const gate = deferred();
  const server = http.createServer(async ({ url }, response) => {
    if (url === '/1') response.write('answer ');
    await gate.promise.then(turn);
    response.end(`to ${url}`);
  });
  const { drain, port } = await served(server, { lateRequests: 'reject' });
  const client = await connect(port);
  const first = `POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body}\r\n\r\n${'x'.repeat(body)}`;
  client.write(first + get('/2') + get('/3'));
  await once(server, 'request');
  const received = readAll(client);
  const done = drain.shutdown();
  await settled(server);
  gate.resolve();
  await once(client, 'close');
  expect(received().match(/HTTP\/1.1 \d+|to \/\d/g)).toEqual([
    'HTTP/1.1 200',
    'to /1',
    'HTTP/1.1 200',
    'to /2',
    'HTTP/1.1 200',
    'to /3',
  ]);
  expect((await done).requests).toMatchObject({ completed: 3, rejected: 0, aborted: 0 });
});
