import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import gracefulPlugin, { afterDrain, beforeDrain, onDrain, processDrain } from '@http-drain/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { accepts, get, hold } from '../process/client.js';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const open of opened.splice(0)) await open.close();
});

/** An instance with a route that answers once the request's body has come, and what happened to it, in order. */
async function serve(options: object = {}) {
  const steps: string[] = [];
  const fastify = Fastify({ forceCloseConnections: false });
  opened.push(fastify);
  await fastify.register(gracefulPlugin, { readiness: '/readyz', ...options });
  fastify.addContentTypeParser('*', (_request, payload, done) => {
    steps.push('request');
    payload.resume().once('end', () => done(null, ''));
  });
  fastify.all('/*', async () => {
    steps.push('answered');
    return 'answered';
  });
  fastify.addHook('preClose', async () => void steps.push('preClose'));
  fastify.addHook('onClose', async () => void steps.push('onClose'));
  return { fastify, steps };
}

async function listen(fastify: FastifyInstance, host = '127.0.0.1'): Promise<number> {
  await fastify.listen({ port: 0, host });
  return (fastify.server.address() as AddressInfo).port;
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('fastify.close()', () => {
  test('leaves everything else in the process alone', async () => {
    const { fastify } = await serve();
    const other = await serve();
    const port = await listen(fastify);
    const otherPort = await listen(other.fastify);
    const mock = http.createServer((_request, response) => response.end('mock')).listen(0, '127.0.0.1');
    opened.push(mock);
    await once(mock, 'listening');
    let hooksRun = 0;
    const takeBack = [beforeDrain, afterDrain].map((hook) => hook('of the process', () => hooksRun++));

    await fastify.close();

    expect(await accepts(port)).toBe(false);
    expect((await get((mock.address() as AddressInfo).port)).body).toBe('mock');
    expect(await get(otherPort, '/readyz')).toMatchObject({ status: 200, body: 'ready' });
    expect((await get(otherPort)).body).toBe('answered');
    expect(hooksRun).toBe(0);
    expect([fastify.drain.phase, other.fastify.drain.phase, processDrain.phase]).toEqual([
      'closed',
      'serving',
      'serving',
    ]);
    for (const take of takeBack) take();
  });

  test('answers what is under way, runs preClose when draining begins and onClose after the last answer, once', async () => {
    const { fastify, steps } = await serve();
    const port = await listen(fastify);
    const idle = net.connect(port, '127.0.0.1');
    idle.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(idle, 'data');
    const held = hold(port);
    await eventually(() => steps.includes('request'));
    steps.length = 0;

    const closed = [fastify.close(), fastify.close()];
    const byCallback = new Promise<unknown>((resolve) => fastify.close(resolve as never));
    await once(idle, 'close');
    await eventually(() => steps.length > 0);
    expect(await accepts(port)).toBe(false);
    expect(fastify.drain.inFlight).toBe(1);
    expect(processDrain.inFlight).toBe(1);
    held.finish();

    expect(await held.answer).toMatchObject({
      status: 200,
      headers: { connection: 'close' },
      body: 'answered',
    });
    expect(await Promise.all(closed)).toEqual([undefined, undefined]);
    await byCallback;
    expect(await fastify.close()).toBeUndefined();
    expect(steps).toEqual(['preClose', 'answered', 'onClose']);
    expect((await fastify.drain.shutdown()).requests).toMatchObject({ inFlightAtStart: 1, completed: 1 });
    expect(processDrain.snapshot().totals.completed).toBe(0);
  });

  test.each([false, true])(
    'ends a stream of its own that was handed to the drain of the process (http2: %j)',
    async (http2) => {
      const fastify = Fastify(http2 ? ({ http2 } as object) : {});
      opened.push(fastify);
      await fastify.register(gracefulPlugin);
      fastify.get('/', (_request, reply) => {
        reply.hijack();
        reply.raw.write('event');
        onDrain(reply as never);
      });
      const port = await listen(fastify);
      const url = `http://127.0.0.1:${port}`;
      const session = http2 ? connect(url) : undefined;
      const stream = session
        ? session.request({ ':path': '/' })
        : ((await once(http.get(url, { agent: false }), 'response'))[0] as http.IncomingMessage);
      await once(stream, 'data');
      const ended = once(stream.resume(), 'end');
      const begun = performance.now();
      await Promise.all([fastify.close(), ended]);
      expect(performance.now() - begun).toBeLessThan(3_000);
      session?.close();
    },
  );

  test('closes the second listener for localhost too', async () => {
    const { fastify } = await serve();
    await listen(fastify, 'localhost');
    const addresses = fastify.addresses() as AddressInfo[];
    await fastify.close();
    for (const { address, port } of addresses) {
      const socket = net.connect(port, address);
      const [error] = await once(socket, 'error');
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  test('leaves a server alone that was given to it, and that it has not listened with', async () => {
    const handlers: http.RequestListener[] = [];
    const server = http.createServer((request, response) => handlers[0]?.(request, response));
    const serverFactory = (handler: http.RequestListener) => {
      handlers.unshift(handler);
      return server;
    };
    const fastify = Fastify({ serverFactory });
    await fastify.register(gracefulPlugin);
    await fastify.ready();
    opened.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await fastify.close();
    expect(await accepts(port)).toBe(true);
    // The process has it still.
    expect(processDrain.snapshot().servers.map(({ address }) => address)).toContain(`127.0.0.1:${port}`);

    const listening = Fastify({ serverFactory: (handler) => http.createServer(handler) });
    await listening.register(gracefulPlugin);
    const ownPort = await listen(listening);
    expect(listening.drain.snapshot().servers).toHaveLength(1);
    await listening.close();
    expect(await accepts(ownPort)).toBe(false);
  });

  test('of an instance that never listened runs its hooks at once, however long its lame duck', async () => {
    const { fastify, steps } = await serve({ deadlineMs: 20_000, lameDuckMs: 10_000 });
    expect((await fastify.inject('/readyz')).statusCode).toBe(200);
    const begun = performance.now();
    await fastify.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(steps).toEqual(['preClose', 'onClose']);
    await expect(fastify.inject('/')).rejects.toMatchObject({ code: 'FST_ERR_REOPENED_CLOSE_SERVER' });
    processDrain.configure({ deadlineMs: 25_000, lameDuckMs: 0 });
  });

  test('is told of an error of an onClose hook, as without the plugin', async () => {
    const { fastify } = await serve();
    fastify.addHook('onClose', async () => {
      throw new Error('on purpose');
    });
    await listen(fastify);
    await expect(fastify.close()).rejects.toThrow('on purpose');
    opened.length = 0; // Fastify tells it to whoever closes it again, too.
    const { hooks } = await fastify.drain.shutdown();
    expect(hooks).toMatchObject([{ name: 'fastify.close', error: 'Error: on purpose' }]);
  });

  test('in a hook of its own drain does not wait for itself', async () => {
    const { fastify, steps } = await serve();
    await listen(fastify);
    fastify.drain.beforeDrain('early', () => fastify.close());
    fastify.drain.afterDrain('late', async () => {
      await null;
      await fastify.close();
    });
    const begun = performance.now();
    await fastify.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(steps).toEqual(['preClose', 'onClose']);
    const { outcome, hooks } = await fastify.drain.shutdown();
    expect(outcome).toBe('drained');
    expect(hooks.map(({ name, error }) => [name, error])).toEqual([
      ['early', undefined],
      ['late', undefined],
      ['fastify.close', undefined],
    ]);
  });

  test('in an onClose hook of another instance, and in its own, comes to an end', async () => {
    const upstream = await serve();
    const gateway = await serve();
    gateway.fastify.addHook('onClose', async () => {
      await upstream.fastify.close();
      await gateway.fastify.close();
    });
    await listen(upstream.fastify);
    await listen(gateway.fastify);
    await gateway.fastify.close();
    expect(upstream.steps).toEqual(['preClose', 'onClose']);
    expect(gateway.steps).toEqual(['preClose', 'onClose']);
    expect((await gateway.fastify.drain.shutdown()).outcome).toBe('drained');
  });
});
