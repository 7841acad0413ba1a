import dns from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import gracefulPlugin from '@http-drain/fastify';
import Fastify from 'fastify';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { accepts } from '../process/client.js';

afterEach(() => void vi.restoreAllMocks());

/** Names are looked up once `open()` is called. */
function slowLookup(error: Error | null = null): () => void {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  vi.spyOn(dns, 'lookup').mockImplementation(((
    _host: string,
    options: { all?: boolean },
    callback: unknown,
  ) => {
    const call = (callback ?? options) as (...args: unknown[]) => void;
    const found = options.all ? [[{ address: '127.0.0.1', family: 4 }]] : ['127.0.0.1', 4];
    const answer = () => call(error, ...found);
    isOpen ? process.nextTick(answer) : waiting.push(answer);
  }) as never);
  return () => {
    isOpen = true;
    for (const answer of waiting.splice(0)) answer();
  };
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a server whose listen() is under way when its drain begins', () => {
  test('is given up at the end of the drain, if it is a probe server', async () => {
    const open = slowLookup();
    const drain = createDrain();
    const server = http.createServer();
    drain.track(server, { probe: true });
    server.listen(0, 'some.host');
    expect((await drain.shutdown()).outcome).toBe('drained');
    open();
    await turns();
    expect(server.listening).toBe(false);
  });

  test.each(['tracked before', 'tracked after', 'discovered'])(
    'is closed as soon as it listens, and reported: %s',
    async (how) => {
      const open = slowLookup();
      const drain = createDrain();
      const server = http.createServer();
      if (how === 'tracked before') drain.track(server);
      if (how === 'discovered') drain.discover();
      server.listen(0, 'some.host');
      if (how === 'tracked after') drain.track(server);
      const listening = once(server, 'listening').then(() => (server.address() as AddressInfo).port);
      let resolved = false;
      const drained = drain.shutdown().then((report) => {
        resolved = true;
        return report;
      });
      await turns();
      expect(resolved).toBe(false);
      open();
      const port = await listening;
      const report = await drained;
      expect(server.listening).toBe(false);
      expect(await accepts(port)).toBe(false);
      expect(report).toMatchObject({ outcome: 'drained', lateServers: [{ address: `127.0.0.1:${port}` }] });
    },
  );

  test('whose address is known listens in the next tick, and is closed', async () => {
    const drain = createDrain();
    const server = http.createServer().listen(0, '127.0.0.1');
    drain.track(server);
    const report = await drain.shutdown();
    expect(report.lateServers).toHaveLength(1);
    expect(server.listening).toBe(false);
  });

  test('never listens, where that takes longer than the deadline', async () => {
    const open = slowLookup();
    const drain = createDrain({ deadlineMs: 300 });
    const server = http.createServer();
    drain.track(server);
    server.listen(0, 'some.host');
    server.once('listening', () => expect.unreachable());
    expect((await drain.shutdown()).outcome).toBe('forced');
    open();
    await turns();
    expect(server.listening).toBe(false);
  });

  test.each(['127.0.0.1', 'some.host'])(
    'never listens, where it is called at the very end of the drain (%s)',
    async (host) => {
      const open = slowLookup();
      const drain = createDrain();
      const server = http.createServer();
      drain.track(server);
      drain.afterDrain('listens', () => void server.listen(0, host));
      await drain.shutdown();
      open();
      await turns();
      expect(server.listening).toBe(false);
    },
  );

  test('does not listen any more, and is as it was, where it began at the very end of the drain', async () => {
    const drain = createDrain();
    const server = http.createServer();
    drain.track(server);
    drain.afterDrain('listens', () => once(server.listen(0, '127.0.0.1'), 'listening'));
    await drain.shutdown();
    expect(server.listening).toBe(false);
    await turns();
    expect(Object.keys(server)).not.toEqual(expect.arrayContaining(['emit']));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const closed = new Promise((resolve) => server.close(resolve));
    expect(await closed).toBeUndefined();
  });

  test('is closed with its connections before the drain resolves, where it began in a hook', async () => {
    const drain = createDrain();
    const server = http.createServer();
    drain.track(server);
    let socket: net.Socket | undefined;
    server.on('connection', (accepted: net.Socket) => {
      socket = accepted;
    });
    drain.afterDrain('listens', async () => {
      const client = net.connect((server.listen(0).address() as AddressInfo).port, '127.0.0.1');
      client.on('error', () => {});
      await once(server, 'connection');
    });
    const { outcome, durationMs } = await drain.shutdown();
    expect(socket?.closed).toBe(true);
    expect(outcome).toBe('drained');
    expect(durationMs).toBeLessThan(3_000);
  });

  test('is not waited for once that has failed', async () => {
    const open = slowLookup(new Error('ENOTFOUND'));
    const drain = createDrain();
    const server = http.createServer();
    drain.track(server);
    server.on('error', () => {});
    server.listen(0, 'no.host');
    const drained = drain.shutdown();
    open();
    expect((await drained).outcome).toBe('drained');
  });

  test('is not waited for where it throws, nor once its owner has closed it', async () => {
    slowLookup();
    const drain = createDrain();
    const thrown = http.createServer();
    const closed = http.createServer();
    for (const server of [thrown, closed]) drain.track(server);
    expect(() => thrown.listen(99_999, 'some.host')).toThrow();
    closed.listen(0, 'some.host');
    closed.close();
    expect((await drain.shutdown()).outcome).toBe('drained');
  });
});

describe('fastify.listen() under way', () => {
  const open = async () => {
    const fastify = Fastify();
    await fastify.register(gracefulPlugin);
    return fastify;
  };
  const reachable = (port: number, host: string) =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect(port, host);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });

  test.each(['localhost', '127.0.0.1'])(
    'when close() is called ends, and leaves no server: %s',
    async (host) => {
      const fastify = await open();
      const address = fastify.listen({ port: 0, host });
      await fastify.close();
      const { port } = new URL(await address);
      await turns();
      for (const family of ['127.0.0.1', '::1']) expect(await reachable(Number(port), family)).toBe(false);
    },
  );

  test('when close() is called leaves no server, where its name is looked up for long', async () => {
    const answer = slowLookup();
    const fastify = await open();
    await fastify.ready();
    const address = fastify.listen({ port: 0, host: 'localhost' });
    await turns();
    const closed = fastify.close();
    answer();
    await Promise.all([closed, address]);
    expect(fastify.server.listening).toBe(false);
  });

  test('that begins after close() leaves no server', async () => {
    const fastify = await open();
    await fastify.close();
    await fastify.listen({ port: 0, host: 'localhost' }).catch(() => {});
    await turns();
    expect(fastify.server.listening).toBe(false);
    expect(fastify.addresses()).toEqual([]);
  });
});
