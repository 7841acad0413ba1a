import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('goes on lingering where draining begins: a client that is still sending is waited for', async () => {
  const drain = createDrain({ lameDuckMs: 100, deadlineMs: 5_000 });
  const server = http.createServer((_request, response) => response.end('whole'));
  drain.track(server);
  await once(server.listen(0), 'listening');
  const shutdown = drain.shutdown();

  const { port } = server.address() as AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  client.setEncoding('utf8');
  let answer = '';
  client.on('data', (chunk) => {
    answer += chunk;
  });
  await once(client, 'end'); // the answer said close, and our side of the linger is closed
  if (!drain.signal.aborted) await once(drain.signal, 'abort');
  for (let turns = 0; turns < 50; turns++) {
    client.write('more of what nobody asked for\r\n');
    await turn();
  }
  expect(drain.phase).toBe('draining');
  client.end();
  await once(client, 'close');

  expect(errors).toEqual([]);
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*whole$/s);
  expect(await shutdown).toMatchObject({ outcome: 'drained', connections: { closed: 1, forced: 0 } });
});

test('does not wait for an upload that has stalled, where its request was answered before', async () => {
  const drain = createDrain();
  const server = http.createServer((_request, response) => response.end('too much'));
  drain.track(server);
  await once(server.listen(0), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nthe beginning');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toContain('too much');
  const report = await drain.shutdown();
  expect(report).toMatchObject({ outcome: 'drained', connections: { closed: 1, forced: 0 } });
  expect(report.durationMs).toBeLessThan(4_000);
});
