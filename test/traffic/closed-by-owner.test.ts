/** The owner of a server closes it himself while the drain runs, of which Node makes the cut of answers that still flow. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { createDrain, type Drain, type DrainOptions, untilSignal } from '@http-drain/core';
import { afterEach, describe, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, pause, portOf, turns } from './wire.js';

afterEach(cleanUp);

const BODY = Buffer.alloc(24_000_000, 'x');

type Close = (server: http.Server, drain: Drain) => void;

/** What a client has got that reads nothing before the server was told to close. */
async function slowReader(
  prepare: Close,
  end: (drain: Drain) => Promise<unknown> = (drain) => drain.shutdown(),
) {
  const drain = createDrain({ deadlineMs: 10_000 });
  const server = http.createServer((_request, response) => response.end(BODY));
  drain.track(server);
  prepare(server, drain);
  if (!server.listening) server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { close } = server;
  const isOwn = Object.hasOwn(server, 'close');
  const client = await BareClient.connect(portOf(server));
  client.socket.pause();
  client.write(get('/'));
  await once(server, 'request');
  await pause(50);
  const done = end(drain);
  await pause(100);
  client.socket.resume();
  await client.closed();
  const report = (await done) as Awaited<ReturnType<Drain['shutdown']>>;
  return { client, report, server, close, isOwn };
}

test.each<[string, Close]>([
  ['by listen({ signal })', (server, { signal }) => server.listen({ port: 0, host: '127.0.0.1', signal })],
  ['in a beforeDrain hook', (server, drain) => void drain.beforeDrain('close', () => void server.close())],
  [
    'by its dispose method',
    (server, { signal }) => signal.addEventListener('abort', () => void server[Symbol.asyncDispose]()),
  ],
  [
    'by a close() of his own that takes a moment',
    (server, drain) => {
      const before = server.close;
      server.close = (done) => {
        setTimeout(() => before.call(server, done), 20);
        return server;
      };
      drain.beforeDrain('close', () => void server.close());
    },
  ],
])('every byte of an answer arrives where the owner closes the server himself: %s', async (_how, prepare) => {
  const { client, report, server, close, isOwn } = await slowReader(prepare);
  expect(client.bytes).toBeGreaterThan(BODY.length);
  expect(report).toMatchObject({ outcome: 'drained', requests: { completed: 1, aborted: 0 } });
  if (isOwn) expect(server.close).toBe(close);
});

test('and by a listener for the signal that was left in, which runs before shutdown() is called', async () => {
  const { client, report } = await slowReader(
    (server) => {
      const left = () => void server.close();
      process.on('SIGTERM', left);
      atTheEnd(() => process.off('SIGTERM', left));
      // untilSignal() lets go of the parent, which this process of the tests has still to hear from.
      atTheEnd(() => process.channel?.ref());
    },
    async (drain) => {
      const signal = untilSignal({ drain, harmless: new Set(process.listeners('SIGTERM')) });
      await turns(1);
      process.emit('SIGTERM', 'SIGTERM');
      await signal;
      return drain.shutdown();
    },
  );
  expect(client.bytes).toBeGreaterThan(BODY.length);
  expect(report).toMatchObject({ outcome: 'drained', requests: { completed: 1, aborted: 0 } });
});

test('closeIdleConnections() does what it says, when the owner calls it', async () => {
  const drain = createDrain({ lameDuckMs: 300 });
  const server = http.createServer((_request, response) => response.end('answer'));
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = await BareClient.connect(portOf(server));
  client.write(get('/'));
  await client.saw(/answer$/);
  const done = drain.shutdown();
  await pause(20);
  server.closeIdleConnections();
  await client.closed();
  expect(drain.phase).toBe('lame-duck');
  await done;
});

/** A server with one connection that is kept, idle for longer than an answer is on its way. */
async function withIdleClient(options: DrainOptions, track: { probe?: boolean } = {}) {
  const drain = createDrain({ deadlineMs: 8_000, ...options });
  const server = http.createServer((_request, response) => response.end('answer'));
  server.keepAliveTimeout = 72_000;
  drain.track(server, track);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = await BareClient.connect(portOf(server));
  client.write(get('/'));
  await client.saw(/answer$/);
  await pause(200);
  return { drain, server, client };
}

const closed = (server: http.Server) =>
  new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));

test.each<[string, (server: http.Server) => Promise<unknown>]>([
  ['close() to call back', closed],
  ['its dispose method', (server) => server[Symbol.asyncDispose]()],
  ["'close'", (server) => once(server.close(), 'close')],
])('a hook that waits for %s waits for no connection that nobody uses', async (_what, close) => {
  const { drain, server, client } = await withIdleClient({});
  drain.beforeDrain('close', () => close(server));
  const { durationMs, hooks } = await drain.shutdown();
  await client.closed();
  expect(hooks.map(({ error }) => error)).toEqual([undefined]);
  expect(durationMs).toBeLessThan(1_500);
});

test('nor does an afterDrain hook that closes a server of probes', async () => {
  const { drain, server, client } = await withIdleClient({}, { probe: true });
  drain.afterDrain('close', () => closed(server));
  const { durationMs, outcome, hooks } = await drain.shutdown();
  await client.closed();
  expect(outcome).toBe('drained');
  expect(hooks.map(({ error }) => error)).toEqual([undefined]);
  expect(durationMs).toBeLessThan(1_500);
});

test('what lies unread when a hook closes the server is answered, and so is what is under way', async () => {
  const { drain, server, client } = await withIdleClient({});
  server.on('request', ({ url }) => {
    if (url === '/unread') unread = true;
  });
  let unread = false;
  drain.beforeDrain('close', async () => {
    client.write(get('/unread'));
    // It lies in the kernel: what is written goes out in this turn, and nothing is read before the close.
    for (const since = performance.now(); performance.now() - since < 20; );
    await closed(server);
  });
  const { outcome, requests } = await drain.shutdown();
  await client.closed();
  expect(unread).toBe(true);
  expect(client.text.match(/answer/g)).toHaveLength(2);
  expect({ outcome, requests }).toMatchObject({ outcome: 'drained', requests: { completed: 1, aborted: 0 } });
});

test('a close() that nobody waits for leaves kept connections their lame duck', async () => {
  const { drain, server, client } = await withIdleClient({ lameDuckMs: 400 });
  const done = drain.shutdown();
  server.close();
  await pause(150);
  client.write(get('/'));
  await client.closed();
  expect(client.text).toMatch(/answer.*Connection: close.*answer$/s);
  expect(await done).toMatchObject({ outcome: 'drained', requests: { completed: 1 } });
});

test('every byte of an answer arrives where the owner closes idle connections meanwhile', async () => {
  const { client, report } = await slowReader((server, drain) => {
    drain.beforeDrain('close', () => server.closeIdleConnections());
  });
  expect(client.bytes).toBeGreaterThan(BODY.length);
  expect(report).toMatchObject({ outcome: 'drained', requests: { completed: 1, aborted: 0 } });
});

describe('dispose of an HTTP/2 server, which for Node is not its close()', () => {
  async function withSession(options: DrainOptions = {}) {
    const drain = createDrain({ deadlineMs: 8_000, ...options });
    const server = http2.createServer((_request, response) => setTimeout(() => response.end('answer'), 300));
    drain.track(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = http2.connect(`http://127.0.0.1:${portOf(server)}`);
    client.on('error', () => {});
    atTheEnd(() => client.destroy());
    await once(client, 'remoteSettings');
    return { drain, server, client };
  }

  test('resolves during the drain, and the first time after it', async () => {
    const { drain, server, client } = await withSession();
    const stream = client.request({ ':path': '/' });
    await once(server, 'request');
    let disposed: Promise<void> | undefined;
    drain.signal.addEventListener('abort', () =>
      setTimeout(() => {
        disposed = server[Symbol.asyncDispose]();
      }, 50),
    );
    const text = stream.setEncoding('utf8').toArray();
    expect((await drain.shutdown()).outcome).toBe('drained');
    expect(await text).toEqual(['answer']);
    await disposed;
    await server[Symbol.asyncDispose]();
    await expect(server[Symbol.asyncDispose]()).rejects.toThrow('Server is not running');
  });

  test('in a hook waits for no session that nobody uses', async () => {
    const { drain, server } = await withSession();
    drain.beforeDrain('dispose', () => server[Symbol.asyncDispose]());
    const { durationMs, hooks } = await drain.shutdown();
    expect(hooks.map(({ error }) => error)).toEqual([undefined]);
    expect(durationMs).toBeLessThan(1_800);
  });
});
