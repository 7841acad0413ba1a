import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDrain, type Drain, type DrainOptions } from '@http-drain/core';
import { gracefulPlugin } from '@http-drain/fastify';
import fastify from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';

const warned = vi.fn();
process.on('warning', warned);
afterEach(() => warned.mockClear());

/** A server of event streams that end themselves. */
async function serve(options: DrainOptions, onStream: (drain: Drain, response: http.ServerResponse) => void) {
  const drain = createDrain({ deadlineMs: 2_000, ...options });
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    onStream(drain, response);
  });
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { drain, port: (server.address() as AddressInfo).port };
}

interface Client {
  socket: net.Socket;
  text: string;
  closed: Promise<unknown>;
}

/** Resolves once the head of its stream has come. */
async function subscribe(port: number): Promise<Client> {
  const socket = net.connect(port, '127.0.0.1');
  const client: Client = { socket, text: '', closed: once(socket, 'close') };
  socket.on('data', (data) => {
    client.text += data;
  });
  socket.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  return client;
}

test('ends streams when draining begins, not in the lame duck', async () => {
  const { drain, port } = await serve({ lameDuckMs: 100 }, (drain, response) => void drain.onDrain(response));
  const client = await subscribe(port);
  const report = drain.shutdown();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(client.text).not.toContain('0\r\n\r\n');
  await client.closed;
  expect(client.text).toMatch(/\r\n0\r\n\r\n$/);
  expect(await report).toMatchObject({ outcome: 'drained', requests: { completed: 1 } });
});

test('does what it is given instead', async () => {
  const { drain, port } = await serve({}, (drain, response) => {
    drain.onDrain(response, () => response.end('event: bye\n\n'));
  });
  const client = await subscribe(port);
  expect(await drain.shutdown()).toMatchObject({ outcome: 'drained' });
  await client.closed;
  expect(client.text).toContain('event: bye\n\n');
});

test('ends a stream that begins when draining has begun, after its handler', async () => {
  const { drain, port } = await serve({}, (drain, response) => {
    drain.onDrain(response);
    response.write('data: last\n\n');
  });
  const early = net.connect(port, '127.0.0.1');
  await once(early, 'connect');
  const report = drain.shutdown();
  early.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  early.on('data', (data) => {
    text += data;
  });
  await once(early, 'close');
  expect(text).toContain('data: last\n\n');
  expect(await report).toMatchObject({ outcome: 'drained', requests: { completed: 1, late: 1 } });
});

test('what it is given and throws is a fault, and the others end', async () => {
  const fns = [() => Promise.reject(new Error('no')), undefined];
  const { drain, port } = await serve({}, (drain, response) => {
    const fn = fns.shift();
    drain.onDrain(response, fn && (() => response.end() && fn()));
  });
  const clients = [await subscribe(port), await subscribe(port)];
  const report = await drain.shutdown();
  await Promise.all(clients.map(({ closed }) => closed));
  expect(report).toMatchObject({
    outcome: 'drained',
    faults: [{ what: 'a function of onDrain()', error: 'Error: no' }],
  });
});

test('can be taken back', async () => {
  const end = vi.fn();
  const { drain, port } = await serve({ deadlineMs: 200 }, (drain, response) => {
    const takeBack = drain.onDrain(response, end);
    takeBack();
    takeBack();
    expect(response.listeners('close')).not.toContain(takeBack);
  });
  await subscribe(port);
  expect(await drain.shutdown()).toMatchObject({ outcome: 'forced' });
  expect(end).not.toHaveBeenCalled();
});

test("takes Fastify's reply", async () => {
  const app = fastify();
  const drain = createDrain();
  await app.register(gracefulPlugin, { drain });
  app.get('/events', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200).flushHeaders();
    drain.onDrain(reply);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const client = await subscribe((app.server.address() as AddressInfo).port);
  expect(await drain.shutdown()).toMatchObject({ outcome: 'drained' });
  await client.closed;
});

test.each([[undefined], [null], [5], [{}], [{ raw: {} }]])('says what is wrong with %j', (response) => {
  const drain = createDrain();
  expect(() => drain.onDrain(response as never)).toThrow(
    /^Expected `response` to be a response of Node's, or a reply of Fastify, got `/,
  );
});

test('says what is wrong with a function that is none', () => {
  const response = new http.ServerResponse(new http.IncomingMessage(new net.Socket()));
  expect(() => createDrain().onDrain(response, 5 as never)).toThrow(
    new TypeError('Expected `fn` to be a function, got `5`'),
  );
});

test('keeps nothing of the clients that have gone, and warns of no leak where there is none', async () => {
  const CLIENTS = 500;
  const responses: WeakRef<object>[] = [];
  const open = new Set<http.ServerResponse>();
  const { drain, port } = await serve({}, (drain, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    responses.push(new WeakRef(response));
    drain.onDrain(response);
  });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => subscribe(port)));
  for (const { socket } of clients) socket.destroy();
  while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(responses).toHaveLength(CLIENTS);
  const left = await collected(responses);
  expect(left).toBeLessThan(10);
  expect(warned).not.toHaveBeenCalled();
  await drain.shutdown();
});

test('a listener of drain.signal for each client, never taken off, is noticed as a leak', async () => {
  const drain = createDrain();
  for (let i = 0; i < 200; i++) drain.signal.addEventListener('abort', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  expect(warned).toHaveBeenCalledOnce();
  expect(warned.mock.calls[0]?.[0]).toMatchObject({ name: 'MaxListenersExceededWarning' });
});

/** How many of them are left after garbage collection. */
async function collected(refs: WeakRef<object>[]): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  let left = refs.length;
  for (let tries = 0; tries < 20 && left > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
    left = refs.filter((ref) => ref.deref() !== undefined).length;
  }
  return left;
}
