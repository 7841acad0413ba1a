/** Connections that are sent to another process, as a sticky primary does: Node tells nobody that they are gone. */
import { type ChildProcess, fork } from 'node:child_process';
import http from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, served, until } from './wire.js';

afterEach(cleanUp);

/** A server that sends each connection on, once its first request has come, and never answers itself. */
async function sticky(child: ChildProcess) {
  const server = http.createServer();
  server.on('connection', (socket: Socket) => {
    socket.removeAllListeners('data');
    socket.once('data', () => child.send('take', socket));
  });
  return served(server, { deadlineMs: 8_000 });
}

function taker(): ChildProcess {
  const child = fork(fileURLToPath(new URL('fixtures/takes-sockets.mjs', import.meta.url)), { execArgv: [] });
  atTheEnd(() => child.kill());
  return child;
}

async function answered(port: number): Promise<void> {
  const client = await BareClient.connect(port);
  client.write(get('/'));
  await client.closed();
  expect(client.text).toMatch(/answer$/);
}

test('are not waited for', async () => {
  const { drain, port } = await sticky(taker());
  await answered(port);
  const { outcome, durationMs, connections } = await drain.shutdown();
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(2_000);
  expect(connections).toMatchObject({ forced: 0 });
});

test('are not waited for when they are sent on while draining', async () => {
  const { drain, port } = await sticky(taker());
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await until(() => drain.phase === 'draining');
  client.write(get('/'));
  await client.closed();
  expect(client.text).toMatch(/answer$/);
  const { outcome, durationMs } = await done;
  expect(outcome).toBe('drained');
  expect(durationMs).toBeLessThan(3_000);
});

test('are not kept in memory', async () => {
  const { drain, port } = await sticky(taker());
  for (let i = 0; i < 150; i++) await answered(port);
  expect(drain.snapshot().connections.open).toBeLessThan(130);
  expect((await drain.shutdown()).connections.openAtStart).toBeLessThan(130);
});
