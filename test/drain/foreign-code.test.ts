import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain, type Drain, type DrainOptions, type DrainReport } from '@http-drain/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const DEADLINE_MS = 5_000;

/** What Node throws at the process because of us: nothing. */
const uncaught = vi.fn();
beforeEach(() => void process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught));
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', uncaught).off('unhandledRejection', uncaught);
  expect(uncaught.mock.calls).toEqual([]);
  uncaught.mockClear();
});

const broken = (): never => {
  throw new Error('broken');
};

const fault = (what: string) => ({ what, error: 'Error: broken' });

interface Held {
  drain: Drain;
  server: http.Server;
  port: number;
  /** Answers the request in flight. */
  finish(): void;
  /** All that its client has read, once the connection has ended. */
  seen: Promise<string>;
  ranHooks: string[];
}

/** A server with one request in flight, and an afterDrain hook. */
async function serve(options: DrainOptions = {}): Promise<Held> {
  const drain = createDrain({ deadlineMs: DEADLINE_MS, ...options });
  const server = http.createServer();
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ranHooks: string[] = [];
  drain.afterDrain('db', () => void ranHooks.push('db'));
  const { seen } = request(port, '/held');
  const [, response] = (await once(server, 'request')) as [unknown, http.ServerResponse];
  return { drain, server, port, finish: () => void response.end('answer'), seen, ranHooks };
}

function request(port: number, path: string): { client: net.Socket; seen: Promise<string> } {
  const client = net.connect(port, '127.0.0.1');
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  let text = '';
  client.on('data', (data) => {
    text += data;
  });
  client.on('error', () => {});
  return { client, seen: new Promise((resolve) => client.on('close', () => resolve(text))) };
}

/** Finishes the request once draining has begun. */
async function drainAndFinish({ drain, finish, seen, ranHooks }: Held): Promise<DrainReport> {
  drain.signal.addEventListener('abort', () => setImmediate(finish));
  const report = await drain.shutdown();
  expect(ranHooks).toEqual(['db']);
  expect(report.durationMs).toBeLessThanOrEqual(DEADLINE_MS);
  expect(await seen).toMatch(/answer$/);
  return report;
}

class Clients extends EventEmitter {
  constructor(readonly clients: Iterable<{ close(): void; terminate(): void }>) {
    super();
  }
}

describe('what throws is reported, and what was in flight is served:', () => {
  test('end() of a socket', async () => {
    const held = await serve();
    held.server.prependListener('connection', (socket: net.Socket) => {
      socket.end = broken;
    });
    const { client, seen } = request(held.port, '/idle');
    const [, response] = (await once(held.server, 'request')) as [unknown, http.ServerResponse];
    response.end('answer');
    await once(client, 'data');
    const report = await drainAndFinish(held);
    expect(await seen).toMatch(/answer$/);
    expect(report).toMatchObject({ outcome: 'drained', faults: [fault('end() of a socket')] });
  });

  test.each(['net.connect()', 'connect() of sockets'])('%s', async (what) => {
    const held = await serve();
    const connect = vi
      .spyOn(
        ...((what === 'net.connect()' ? [net, 'connect'] : [net.Socket.prototype, 'connect']) as [
          typeof net,
          'connect',
        ]),
      )
      .mockImplementation(broken);
    const report = await drainAndFinish(held);
    expect(connect).toHaveBeenCalled();
    connect.mockRestore();
    expect(await held.seen).toMatch(/answer$/);
    expect(report).toMatchObject({ outcome: 'drained', faults: [] });
  });

  test('close() of a WebSocket', async () => {
    const held = await serve();
    const next = { close: vi.fn(), terminate() {} };
    held.drain.trackWebSockets(new Clients([{ close: broken, terminate() {} }, next]));
    const report = await drainAndFinish(held);
    expect(next.close).toHaveBeenCalledOnce();
    expect(report).toMatchObject({ outcome: 'drained', faults: [fault('close() of a WebSocket')] });
  });

  test('close() of a WebSocket whose turn comes later', async () => {
    const held = await serve();
    const client = { close: broken, terminate() {} };
    held.drain.trackWebSockets(new Clients([client, client, client]), { spreadMs: 20 });
    held.drain.waitUntil(new Promise((resolve) => setTimeout(resolve, 60)));
    expect((await drainAndFinish(held)).faults).toEqual([fault('close() of a WebSocket')]);
  });

  test('the clients of a WebSocket server, while they are gone through', async () => {
    const held = await serve();
    const first = { close: vi.fn(), terminate() {} };
    const clients = {
      *[Symbol.iterator]() {
        yield first;
        broken();
      },
    };
    held.drain.trackWebSockets(new Clients(clients));
    expect((await drainAndFinish(held)).faults).toEqual([fault('clients of a WebSocket server')]);
    expect(first.close).toHaveBeenCalledOnce();
  });

  test('on() and off() of a WebSocket server that is tracked', async () => {
    const held = await serve();
    const wss = new Clients([]);
    held.drain.trackWebSockets(wss);
    Object.assign(wss, { on: broken, off: broken });
    expect((await drainAndFinish(held)).faults).toEqual([
      fault('on() of a WebSocket server'),
      fault('off() of a WebSocket server'),
    ]);
  });

  test.each(['info', 'warn'] as const)('%s() of a logger', async (level) => {
    const held = await serve({ logger: { info() {}, warn() {}, [level]: broken } });
    held.drain.waitUntil(Promise.reject(new Error('disk full')), 'upload');
    const report = await drainAndFinish(held);
    expect(report).toMatchObject({ outcome: 'drained', background: [] });
    expect(report.faults).toEqual([fault(`logger.${level}`)]);
  });

  test('a logger that rejects', async () => {
    const reject = () => Promise.reject(new Error('broken'));
    const held = await serve({ logger: { info: reject, warn: reject } });
    expect((await drainAndFinish(held)).faults).toContainEqual(fault('logger.info'));
  });

  test('a logger with a getter, once it has been checked', async () => {
    let checked = false;
    const logger = {
      warn() {},
      get info() {
        return checked ? broken() : () => {};
      },
    };
    const held = await serve({ logger });
    checked = true;
    expect((await drainAndFinish(held)).faults).toEqual([fault('logger.info')]);
  });

  test('ignore()', async () => {
    const held = await serve({ ignore: broken });
    held.drain.discover();
    const other = http.createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    expect((await drainAndFinish(held)).faults).toEqual([fault('ignore()')]);
    expect(other.listening).toBe(false);
  });

  test('what an adapter asks of a server that is discovered', async () => {
    const held = await serve();
    held.drain.discover(broken);
    const other = http.createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    expect((await drainAndFinish(held)).faults).toEqual([fault('discovery')]);
    other.close();
  });

  test.each(['http-drain:phase', 'http-drain:report'])('a subscriber of the channel %s', async (name) => {
    const heard = vi.fn();
    subscribe(name, broken);
    subscribe(name, heard);
    try {
      const report = await drainAndFinish(await serve());
      expect(report.faults).toEqual([fault(`a subscriber of ${name}`)]);
      expect(heard).toHaveBeenCalled();
    } finally {
      unsubscribe(name, broken);
      unsubscribe(name, heard);
    }
  });

  test('a listener of the signal', async () => {
    const held = await serve();
    const next = vi.fn();
    held.drain.signal.addEventListener('abort', broken);
    held.drain.signal.addEventListener('abort', { handleEvent: broken });
    held.drain.signal.addEventListener('abort', next);
    expect((await drainAndFinish(held)).faults).toEqual([fault('a listener of drain.signal')]);
    expect(next).toHaveBeenCalledOnce();
  });

  test('onabort of the signal', async () => {
    const held = await serve();
    held.drain.signal.onabort = broken;
    expect((await drainAndFinish(held)).faults).toEqual([fault('a listener of drain.signal')]);
  });

  test('then() of what is waited for', async () => {
    const held = await serve();
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    held.drain.waitUntil({ then: broken }, 'thenable');
    expect(await drainAndFinish(held)).toMatchObject({ outcome: 'drained', background: [] });
    expect(held.drain.inFlight).toBe(0);
  });

  test('then() of what a hook returns', async () => {
    const held = await serve();
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    held.drain.beforeDrain('jobs', () => ({ then: broken }));
    const { hooks } = await drainAndFinish(held);
    expect(hooks[0]).toMatchObject({ name: 'jobs', error: 'Error: broken' });
  });

  test.each([
    ['whose message is a getter', Object.defineProperty(new Error(), 'message', { get: broken })],
    ['without a prototype', Object.create(null)],
    ['that is a revoked proxy', revoked()],
    ['whose toString() throws', { toString: broken, constructor: { name: { toString: broken } } }],
    ['that is a symbol', Symbol('odd')],
  ])('a hook that throws something %s', async (_what, thrown) => {
    const held = await serve();
    held.drain.beforeDrain('jobs', () => {
      throw thrown;
    });
    const { hooks } = await drainAndFinish(held);
    expect(hooks[0]).toMatchObject({ name: 'jobs', error: expect.any(String) });
  });

  test.each([
    ['that throws', broken],
    ['that gives an object of nothing', () => ({})],
    ['that gives undefined', () => undefined],
  ])('address() of a server %s, which is not asked', async (_what, address) => {
    const held = await serve();
    held.server.address = address as never;
    expect(held.drain.snapshot().servers[0]).toMatchObject({ address: `127.0.0.1:${held.port}` });
    expect(await drainAndFinish(held)).toMatchObject({ outcome: 'drained', faults: [] });
  });

  test.each<[string, PropertyDescriptor]>([
    ['that cannot be replaced', { value: net.Server.prototype.close, writable: false }],
    ['that throws and cannot be replaced', { value: broken, writable: false }],
    ['that is a getter', { get: () => net.Server.prototype.close }],
  ])('a close() of a server %s', async (_what, descriptor) => {
    const held = await serve();
    Object.defineProperty(held.server, 'close', descriptor);
    expect((await drainAndFinish(held)).outcome).toBe('drained');
    expect(held.server.listening).toBe(false);
  });

  test('destroy() of an idle socket', async () => {
    const held = await serve();
    held.server.once('connection', (socket: net.Socket) => {
      socket.destroy = broken;
    });
    await idleClient(held);
    const report = await drainAndFinish(held);
    expect(report).toMatchObject({ outcome: 'drained', faults: [fault('destroy() of a socket')] });
  });
});

describe('at the deadline, what throws is reported, and all is closed:', () => {
  test('destroy() of a socket', async () => {
    const { drain, server, port, seen, ranHooks } = await serve({ deadlineMs: 300 });
    server.once('connection', (socket: net.Socket) => {
      socket.destroy = broken;
    });
    const second = request(port, '/second');
    await once(server, 'request');
    expect(await drain.shutdown()).toMatchObject({
      outcome: 'forced',
      requests: { forced: 2 },
      connections: { forced: 2 },
      faults: [fault('destroy() of a socket')],
    });
    expect(await Promise.all([seen, second.seen])).toEqual([expect.stringMatching(/^HTTP\/1\.1 503 /), '']);
    expect(ranHooks).toEqual(['db']);
  });

  test('terminate() of a WebSocket', async () => {
    const { drain, ranHooks } = await serve({ deadlineMs: 300 });
    const next = { close() {}, terminate: vi.fn() };
    drain.trackWebSockets(new Clients([{ close() {}, terminate: broken }, next]));
    const report = await drain.shutdown();
    expect(report).toMatchObject({ outcome: 'forced', faults: [fault('terminate() of a WebSocket')] });
    expect(next.terminate).toHaveBeenCalledOnce();
    expect(ranHooks).toEqual(['db']);
  });

  test('a listener of the signals', async () => {
    const { drain, ranHooks } = await serve({ deadlineMs: 300 });
    drain.forceSignal.addEventListener('abort', broken);
    expect((await drain.shutdown()).faults).toEqual([fault('a listener of drain.forceSignal')]);
    expect(ranHooks).toEqual(['db']);
  });

  test.each([[{ path: '/odd' }], [5], [null]])('an originalUrl that is %j', async (originalUrl) => {
    const { drain, port, ranHooks, server } = await serve({
      deadlineMs: 300,
      logger: { info() {}, warn() {} },
    });
    server.prependListener('request', (request) => Object.assign(request, { originalUrl }));
    request(port, '/odd');
    await once(server, 'request');
    const { stuck, faults } = await drain.shutdown();
    expect(stuck.map(({ url }) => url).sort()).toEqual(['/held', '/odd']);
    expect(faults).toEqual([]);
    expect(ranHooks).toEqual(['db']);
  });
});

test('what throws in the drain itself ends in forcing, hooks, and a report that says so', async () => {
  const { drain, seen, server, ranHooks } = await serve();
  // Nobody guards against this; it stands for what nobody has thought of.
  Object.defineProperty(server, 'listening', { get: broken, configurable: true });
  const report = await drain.shutdown();
  expect(report).toMatchObject({ outcome: 'forced', requests: { forced: 1 } });
  expect(report.faults.length).toBeGreaterThan(0);
  expect(ranHooks).toEqual(['db']);
  expect(await seen).toMatch(/^HTTP\/1\.1 503 /);
  Reflect.deleteProperty(server, 'listening');
  server.close();
});

test('a fault that comes again and again is told of once', async () => {
  const warnings = vi.fn();
  const drain = createDrain({ logger: { info: broken, warn: warnings } });
  drain.beforeDrain('slow', () => new Promise((resolve) => setTimeout(resolve, 1_200)));
  const { faults } = await drain.shutdown();
  expect(faults).toEqual([fault('logger.info')]);
  const told = warnings.mock.calls.filter(([fields]) => 'fault' in fields);
  expect(told).toEqual([
    [{ fault: 'logger.info', error: 'Error: broken' }, 'logger.info threw Error: broken'],
  ]);
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A connection whose answer has been read for long, and which stays. */
async function idleClient({ port, server }: Held): Promise<void> {
  server.once('request', (_request, response) => response.end('first'));
  const { client } = request(port, '/first');
  await once(client, 'data');
  // For how long it has been idle is told by what comes after it.
  for (let others = 0; others < 2; others++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    net.connect(port).on('connect', function (this: net.Socket) {
      this.destroy();
    });
    await once(server, 'connection');
  }
}
