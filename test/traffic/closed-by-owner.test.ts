/** The owner of a server closes it himself while the drain runs, of which Node makes the cut of answers that still flow. */
import { once } from 'node:events';
import http from 'node:http';
import { createDrain, type Drain, untilSignal } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
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
