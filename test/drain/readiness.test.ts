import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import {
  createDrain,
  createProbes,
  type Drain,
  type DrainOptions,
  type ReadinessOptions,
} from '@http-drain/core';
import { drain as expressDrain } from '@http-drain/express';
import { gracefulPlugin } from '@http-drain/fastify';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, test, vi } from 'vitest';

interface Probed {
  drain: Drain;
  server: http.Server;
  port: number;
  ask(path?: string, method?: string): Promise<{ status: number; text: string; type: string | null }>;
}

type Readiness = string | ReadinessOptions;

/** Each way to have probes, with one kind of server. */
const WAYS = {
  async Express(readiness: Readiness, drain: Drain) {
    const app = express();
    app.use(expressDrain({ drain, readiness, liveness: '/livez' }));
    return listen(http.createServer(app), drain);
  },
  async Fastify(readiness: Readiness, drain: Drain) {
    const app = fastify();
    await app.register(gracefulPlugin, { drain, readiness, liveness: '/livez' });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  async 'a plain server'(readiness: Readiness, drain: Drain) {
    const answerProbe = createProbes({ drain, readiness, liveness: '/livez' });
    const server = http.createServer((request, response) => {
      if (!answerProbe(request, response)) response.writeHead(404).end();
    });
    return listen(server, drain);
  },
};

async function listen(server: http.Server, drain: Drain): Promise<http.Server> {
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const drains = new Set<Drain>();
afterEach(async () => {
  for (const drain of drains) drain.force();
  await Promise.all([...drains].map((drain) => drain.shutdown()));
  drains.clear();
});

async function probe(
  way: keyof typeof WAYS,
  readiness: Readiness,
  options: DrainOptions = {},
): Promise<Probed> {
  const drain = createDrain({ lameDuckMs: 2_000, deadlineMs: 5_000, ...options });
  drains.add(drain);
  const server = await WAYS[way](readiness, drain);
  const { port } = server.address() as AddressInfo;
  return {
    drain,
    server,
    port,
    async ask(path = '/readyz', method = 'GET') {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
      const { status, headers } = response;
      return { status, text: await response.text(), type: headers.get('content-type') };
    },
  };
}

const TEXT = 'text/plain; charset=utf-8';

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('with %s', (way) => {
  test('a path alone: ready while serving, draining from the lame duck on', async () => {
    const { drain, ask } = await probe(way, '/readyz');
    expect(await ask()).toEqual({ status: 200, text: 'ready', type: TEXT });
    expect(await ask('/livez')).toEqual({ status: 200, text: 'live', type: TEXT });
    expect(await ask('/readyz?verbose=1', 'HEAD')).toMatchObject({ status: 200, text: '' });
    expect((await ask('/other')).status).toBe(404);
    void drain.shutdown();
    expect(await ask()).toEqual({ status: 503, text: 'draining', type: TEXT });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });

  test('is no request that comes too late, where those are rejected', async () => {
    const { drain, server, port } = await probe(way, '/readyz', { lateRequests: 'reject', lameDuckMs: 0 });
    const sockets = [0, 1, 2].map(() => net.connect(port, '127.0.0.1'));
    await expect.poll(() => drain.snapshot().connections.open).toBe(3);
    const report = drain.shutdown();
    await expect.poll(() => server.listening).toBe(false);
    const asked = ['/readyz?a=b', '/livez', '/other'].map(async (path, index) => {
      const socket = sockets[index] as net.Socket;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      let text = '';
      for await (const chunk of socket) text += chunk;
      return `${text.split(' ')[1]} ${text.split('\r\n\r\n')[1]}`;
    });
    expect(await Promise.all(asked)).toEqual([
      expect.stringMatching(/^503 [\s\S]*draining/),
      expect.stringMatching(/^200 [\s\S]*live/),
      expect.stringMatching(/^503 Service/),
    ]);
    expect((await report).requests).toMatchObject({ late: 1, rejected: 1, completed: 0 });
  });

  test('503 starting until it is said to be ready, unready when that is taken back', async () => {
    const { drain, ask } = await probe(way, { path: '/readyz', starting: true });
    expect(drain).toMatchObject({ ready: false, readiness: 'starting', phase: 'serving' });
    expect(await ask()).toEqual({ status: 503, text: 'starting', type: TEXT });
    drain.setReady();
    expect(await ask()).toEqual({ status: 200, text: 'ready', type: TEXT });
    drain.setReady(false);
    expect(await ask()).toEqual({ status: 503, text: 'unready', type: TEXT });
    drain.setReady();
    void drain.shutdown();
    expect(await ask()).toEqual({ status: 503, text: 'draining', type: TEXT });
  });

  test('503 while a check fails, and its error is not for everybody', async () => {
    let up = true;
    const db = () => (up ? undefined : Promise.reject(new Error('secret host is down')));
    const { ask } = await probe(way, { path: '/readyz', checks: { db, cache: () => true } });
    expect(await ask()).toEqual({ status: 200, text: 'ready', type: TEXT });
    up = false;
    expect(await ask()).toEqual({ status: 503, text: 'unready', type: TEXT });
    up = true;
    expect(await ask()).toMatchObject({ status: 200 });
  });

  test('the results of checks, on wish', async () => {
    const checks = {
      db: () => Promise.resolve(),
      cache: () => false,
      queue: () => {
        throw new RangeError('full');
      },
    };
    const { drain, ask } = await probe(way, { path: '/readyz', checks, verbose: true });
    const { status, text, type } = await ask();
    expect([status, type]).toEqual([503, 'application/json; charset=utf-8']);
    const durationMs = expect.any(Number);
    expect(JSON.parse(text)).toEqual({
      status: 'unready',
      checks: {
        db: { ok: true, durationMs },
        cache: { ok: false, durationMs, error: 'it gave false' },
        queue: { ok: false, durationMs, error: 'RangeError: full' },
      },
    });
    void drain.shutdown();
    expect(JSON.parse((await ask()).text)).toEqual({ status: 'draining', checks: {} });
  });

  test('a check that hangs is bounded, started once, and holds no drain', async () => {
    const hang = vi.fn((_signal: AbortSignal) => new Promise(() => {}));
    const { drain, ask } = await probe(way, {
      path: '/readyz',
      checks: { hang },
      timeoutMs: 50,
      verbose: true,
    });
    for (let i = 0; i < 2; i++) {
      const { status, text } = await ask();
      expect(status).toBe(503);
      expect(JSON.parse(text).checks.hang.error).toBe('it took longer than 50 ms');
    }
    expect(hang).toHaveBeenCalledOnce();
    expect(hang.mock.calls[0]?.[0].aborted).toBe(true);
    expect(drain.inFlight).toBe(0);
    expect(drain.snapshot().totals.late).toBe(0);
  });
});

test('checks are not asked while draining', async () => {
  const check = vi.fn();
  const { drain, ask } = await probe('a plain server', { path: '/readyz', checks: { check } });
  void drain.shutdown();
  expect(await ask()).toMatchObject({ status: 503, text: 'draining' });
  expect(check).not.toHaveBeenCalled();
});

test('a probe under way when the drain begins says that it drains', async () => {
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let finish = () => {};
  const check = () =>
    new Promise<void>((resolve) => {
      finish = resolve;
      asked();
    });
  const { drain, ask } = await probe('a plain server', { path: '/readyz', checks: { check } });
  const answer = ask();
  await isAsked;
  void drain.shutdown();
  finish();
  expect(await answer).toMatchObject({ status: 503, text: 'draining' });
});

test('probes are answered over HTTP/2', async () => {
  const drain = createDrain();
  const answerProbe = createProbes({ drain, readiness: '/readyz' });
  const server = http2.createServer((request, response) => {
    if (!answerProbe(request, response)) response.end('hello');
  });
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = session.request({ ':path': '/readyz' });
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  await once(stream.resume(), 'close');
  expect(drain.inFlight).toBe(0);
  session.close();
  await drain.shutdown();
});

const wrong: [what: string, options: unknown, message: string][] = [
  [
    'a path that is none',
    'readyz',
    'Expected `readiness` to be a path that begins with \'/\', got `"readyz"`',
  ],
  [
    'options without a path',
    { checks: {} },
    "Expected `readiness` to be a path, or options with a `path` as '/readyz', got `an object (Object)`",
  ],
  [
    'an option that there is not',
    { path: '/r', check: {} },
    'Expected `options` to be made of path, checks, timeoutMs, verbose, starting, got `"check"`',
  ],
  [
    'checks that are no functions',
    { path: '/r', checks: { db: true } },
    'Expected `checks` to be functions by name, as { db: () => db.ping() }, got `an object (Object)`',
  ],
  [
    'a time that is none',
    { path: '/r', timeoutMs: '1s' },
    'Expected `timeoutMs` to be a finite number of milliseconds >= 0, got `"1s"`',
  ],
  [
    'what is neither true nor false',
    { path: '/r', verbose: 1 },
    'Expected `verbose` to be true or false, got `1`',
  ],
  [
    'what is neither yes nor no',
    { path: '/r', starting: 'no' },
    'Expected `starting` to be true or false, got `"no"`',
  ],
];

test.each(wrong)('says what is wrong with %s', (_what, readiness, message) => {
  expect(() => createProbes({ drain: createDrain(), readiness: readiness as never })).toThrow(
    new TypeError(message),
  );
});
