import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';
import { stopAccepting } from '../../packages/core/src/drain/settle.js';
import type { TrackedServer } from '../../packages/core/src/traffic/tracked-server.js';

/** A client whose SYN is dropped asks again after a second. */
const AT_ONCE_MS = 900;

test('whoever connects just when draining begins is answered or refused, at once', async () => {
  const server = http.createServer((_request, response) => response.end('answer'));
  const drain = createDrain();
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  const outcomes: Promise<{ seen: string; ms: number }>[] = [];
  const done = drain.shutdown();
  for (let turns = 0; turns < 6; turns++) {
    outcomes.push(connect(port));
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { seen, ms } of await Promise.all(outcomes)) {
    expect(seen).toMatch(/^(answer|ECONNREFUSED)$/);
    expect(ms).toBeLessThan(AT_ONCE_MS);
  }
  expect(await done).toMatchObject({ outcome: 'drained' });
});

async function connect(port: number): Promise<{ seen: string; ms: number }> {
  const since = performance.now();
  const client = net.connect(port, '127.0.0.1');
  let seen = '';
  client.on('data', (data: Buffer) => {
    seen = String(data).split('\r\n\r\n')[1] ?? '';
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    seen = error.code ?? error.message;
  });
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(client, 'close').catch(() => {});
  return { seen, ms: performance.now() - since };
}

test('requests, however many, do not keep connections from being accepted that wait', async () => {
  const ledger = { arrivals: 0 };
  const waiting = {
    server: { listening: true, _handle: {}, address: () => null },
    ledger,
    accepted: 0,
    closed: false,
    acceptQueue: { isOurs: false, isAlone: false },
    stopListening() {
      waiting.server.listening = false;
      waiting.closed = true;
    },
  };
  // Each turn brings a thousand requests on other connections, and one connection, as from Node 22 on.
  const everyTurn = () => {
    if (waiting.closed) return;
    ledger.arrivals += 1000;
    if (waiting.accepted < 100) waiting.accepted++;
    setImmediate(everyTurn);
  };
  setImmediate(everyTurn);
  await stopAccepting([waiting as unknown as TrackedServer], () => true);
  expect(waiting).toMatchObject({ accepted: 100, closed: true });
});
