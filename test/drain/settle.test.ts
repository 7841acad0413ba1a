import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';

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
