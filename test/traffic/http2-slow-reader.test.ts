import { once } from 'node:events';
import http2 from 'node:http2';
import type { Drain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, cleanUp, pause, Relay, served, until } from './wire.js';

afterEach(cleanUp);

const BYTES = 2_000_000;
/** All of an answer leaves the server, and lies in kernels; while it is read, the window is opened again now and then. */
const WINDOW = 2_100_000;

/** A client behind a relay, which takes all at once that comes to it. */
async function session(port: number) {
  const relay = await Relay.to(port);
  const client = http2.connect(`http://127.0.0.1:${relay.port}`, { settings: { initialWindowSize: WINDOW } });
  client.on('error', () => {});
  atTheEnd(() => client.destroy());
  await once(client, 'remoteSettings');
  client.setLocalWindowSize(WINDOW);
  return { relay, client };
}

/** The relay takes what the kernels have no place for, and stops. */
async function leavesTheServer(drain: Drain, relay: Relay): Promise<void> {
  relay.goOnSlowly();
  await until(() => drain.inFlight === 0);
  relay.stop();
}

/** What arrives of a stream. */
function reading(stream: http2.ClientHttp2Stream): { bytes: () => number; ended: Promise<unknown> } {
  let bytes = 0;
  stream.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  stream.on('error', () => {});
  return { bytes: () => bytes, ended: new Promise((resolve) => stream.on('close', resolve)) };
}

test('an answer that its reader still takes when the session was idle already arrives whole', async () => {
  const server = http2.createServer((_request, response) => response.end(Buffer.alloc(BYTES)));
  const { drain, port } = await served(server);
  const { relay, client } = await session(port);
  relay.stop();
  const answer = reading(client.request({ ':path': '/' }));
  await once(server, 'request');
  await leavesTheServer(drain, relay);
  const done = drain.shutdown();
  await pause(1_500);
  relay.goOnSlowly();
  await answer.ended;
  expect(answer.bytes()).toBe(BYTES);
  expect(await done).toMatchObject({ outcome: 'drained', connections: { closed: 1, forced: 0 } });
});

test('a reader that stops for seconds, and then reads on, gets every byte', async () => {
  const server = http2.createServer((_request, response) => {
    response.write('first');
    drain.signal.addEventListener('abort', () => response.end(Buffer.alloc(BYTES)));
  });
  const { drain, port } = await served(server);
  const { relay, client } = await session(port);
  const answer = reading(client.request({ ':path': '/' }));
  await until(() => answer.bytes() > 0);
  const done = drain.shutdown();
  await leavesTheServer(drain, relay);
  await pause(5_300);
  relay.goOnSlowly();
  await answer.ended;
  expect(answer.bytes()).toBe(BYTES + 'first'.length);
  expect(await done).toMatchObject({ outcome: 'drained', requests: { completed: 1 } });
});

test('what is pushed arrives whole, also where the answer that it belongs to ended long before', async () => {
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
      pushed.respond();
      pushed.write(Buffer.alloc(BYTES / 2));
      setTimeout(() => pushed.end(Buffer.alloc(BYTES / 2)), 5_500);
    });
    stream.respond();
    stream.end('answer');
  });
  const { drain, port } = await served(server);
  const { client } = await session(port);
  const pushed = once(client, 'stream').then(([stream]) => reading(stream));
  const answer = reading(client.request({ ':path': '/' }));
  const push = await pushed;
  await answer.ended;
  const done = drain.shutdown();
  await push.ended;
  expect(push.bytes()).toBe(BYTES);
  expect(await done).toMatchObject({ outcome: 'drained', connections: { closed: 1, forced: 0 } });
});

test('whoever neither answers nor closes is not waited for, where he has read long ago what he was sent', async () => {
  const server = http2.createServer((_request, response) => response.end('answer'));
  const { drain, port } = await served(server);
  const { relay, client } = await session(port);
  const answer = reading(client.request({ ':path': '/' }));
  await answer.ended;
  relay.stop();
  const { outcome, durationMs } = await drain.shutdown();
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(4_000);
});

test('nor where that was much, and he has opened the window again for it', async () => {
  const server = http2.createServer((_request, response) => response.end(Buffer.alloc(BYTES)));
  const { drain, port } = await served(server);
  const relay = await Relay.to(port);
  const client = http2.connect(`http://127.0.0.1:${relay.port}`);
  client.on('error', () => {});
  atTheEnd(() => client.destroy());
  const answer = reading(client.request({ ':path': '/' }));
  await answer.ended;
  expect(answer.bytes()).toBe(BYTES);
  relay.stop();
  const { outcome, durationMs } = await drain.shutdown();
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(4_000);
});

test('a reader who never reads on holds it to the deadline, and no longer', async () => {
  const server = http2.createServer((_request, response) => response.end(Buffer.alloc(BYTES)));
  const { drain, port } = await served(server, { deadlineMs: 1_500 });
  const { relay, client } = await session(port);
  const answer = reading(client.request({ ':path': '/' }));
  await until(() => answer.bytes() > 0);
  relay.stop();
  const { outcome, durationMs } = await drain.shutdown();
  expect(outcome).toBe('forced');
  expect(durationMs).toBeLessThan(1_800);
});
