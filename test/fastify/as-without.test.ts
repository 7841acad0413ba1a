import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import gracefulPlugin, { createDrain } from '@http-drain/fastify';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';

// What Fastify's own suite expects of it stands here too, where the plugin once changed it.
describe.each(['a drain of its own', 'the process drain'])('with %s', (which) => {
  const options = () => (which === 'the process drain' ? {} : { drain: createDrain() });

  test('an instance that does not listen refuses injected requests from close() on', async () => {
    const fastify = Fastify();
    fastify.register(gracefulPlugin, options());
    fastify.get('/', async () => 'served');
    expect((await fastify.inject('/')).statusCode).toBe(200);
    const closed = fastify.close();
    const late = new Promise((resolve) => process.nextTick(() => resolve(fastify.inject('/'))));
    await expect(late).rejects.toMatchObject({ code: 'FST_ERR_REOPENED_CLOSE_SERVER' });
    await closed;
  });

  test('an instance that does not listen closes at once and without a word, whatever the lame duck is', async () => {
    const order: string[] = [];
    const fastify = Fastify({ logger: { stream: { write: (line: string) => void order.push(line) } } });
    await fastify.register(gracefulPlugin, { ...options(), lameDuckMs: 15_000 });
    fastify.addHook('preClose', async () => void order.push('preClose'));
    fastify.addHook('onClose', async () => void order.push('onClose'));
    await fastify.ready();
    const began = performance.now();
    await fastify.close();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(order).toEqual(['preClose', 'onClose']);
  });

  test('close() leaves a server open that Fastify was given, and did not start', async () => {
    const server = http.createServer();
    const fastify = Fastify({ serverFactory: (handler) => server.on('request', handler) });
    fastify.register(gracefulPlugin, options());
    fastify.get('/', async () => 'served');
    await fastify.ready();
    await once(server.listen(0), 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('served');
    await fastify.close();
    expect(server.address()).toMatchObject({ port });
    const error = await new Promise((resolve) => server.close(resolve));
    expect(error).toBeUndefined();
  });

  test('the error of an onReady hook that hangs is what it is without the plugin', async () => {
    const hang = (withPlugin: boolean) => {
      const fastify = Fastify({ pluginTimeout: 100 });
      fastify.addHook('onReady', function opensTheDatabase(_done) {});
      if (withPlugin) fastify.register(gracefulPlugin, options());
      return fastify.ready().then(undefined, (reason: Error) => reason.message);
    };
    const message = await hang(false);
    expect(message).toContain("'onReady' hook");
    expect(await hang(true)).toBe(message);
  });

  test('a closeIdleConnections() that somebody has put on the server is called as often as without the plugin', async () => {
    const callsWithin = async (withPlugin: boolean) => {
      const fastify = Fastify();
      if (withPlugin) fastify.register(gracefulPlugin, { ...options(), lameDuckMs: 0 });
      await fastify.listen({ port: 0, host: '127.0.0.1' });
      let calls = 0;
      fastify.server.closeIdleConnections = () => void calls++;
      await fastify.close();
      return calls;
    };
    const calls = await callsWithin(false);
    expect(calls).toBeGreaterThan(0);
    expect(await callsWithin(true)).toBe(calls);
  });
});
