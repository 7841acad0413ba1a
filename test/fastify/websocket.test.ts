import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fastifyWebSocket from '@fastify/websocket';
import gracefulPlugin, { createDrain } from '@http-drain/fastify';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

test.each(['shutdown', 'fastify.close'])(
  'clients of @fastify/websocket are told by the drain, before the plugin closes them: %s',
  async (how) => {
    const drain = createDrain();
    const fastify = Fastify();
    await fastify.register(gracefulPlugin, { drain });
    await fastify.register(fastifyWebSocket);
    fastify.register(async (routes) => {
      routes.get('/', { websocket: true }, () => {});
    });
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    drain.trackWebSockets(fastify.websocketServer, { reason: 'restart' });
    const client = new WebSocket(`ws://127.0.0.1:${(fastify.server.address() as AddressInfo).port}/`);
    await once(client, 'open');
    const closed = once(client, 'close');
    await (how === 'shutdown' ? drain.shutdown() : fastify.close());
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'restart']);
  },
);
