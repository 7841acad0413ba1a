import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';

async function listen(server: net.Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the report names the servers that were drained', async () => {
  const drain = createDrain();
  const [main, admin] = [http.createServer(), http.createServer()];
  drain.track(main);
  drain.track(admin, { probe: true, name: 'admin' });
  drain.track(http.createServer());
  const addresses = [await listen(main), await listen(admin)];
  const { servers } = await drain.shutdown();
  expect(servers).toEqual([
    { address: addresses[0], probe: false },
    { name: 'admin', address: addresses[1], probe: true },
  ]);
});

test('a drain without a server, in a process that listens, says so', async () => {
  const forgotten = http.createServer();
  const address = await listen(forgotten);
  const warned = once(process, 'warning');
  const { warnings, servers } = await createDrain().shutdown();
  expect(servers).toEqual([]);
  expect(warnings).toEqual([
    `no server is tracked, but this process listens at ${address}: ` +
      'call track(server), or make the middleware or register the plugin before listen()',
  ]);
  expect((await warned)[0]).toMatchObject({ code: 'HTTP_DRAIN', message: warnings[0] });
  forgotten.close();
  await once(forgotten, 'close');
});

test('nothing is said where what listens is tracked by another drain, or no HTTP server', async () => {
  const [other, tcp] = [http.createServer(), net.createServer()];
  const its = createDrain();
  its.track(other);
  await Promise.all([listen(other), listen(tcp)]);
  expect((await createDrain().shutdown()).warnings).toEqual([]);
  tcp.close();
  await its.shutdown();
});

test.each([
  ['begun', 'an answer that goes on', false],
  ['silent', 'one that has not begun', true],
])('what holds a probe server to the deadline is cut, and told: %s', async (url, _what, answered) => {
  const main = http.createServer();
  const admin = http.createServer((request, response) => {
    if (request.url === '/begun') response.write('part');
  });
  const drain = createDrain({ deadlineMs: 1_000 });
  drain.track(main);
  drain.track(admin, { probe: true });
  for (const server of [main, admin]) await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((admin.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  client.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  client.on('error', () => {});
  client.write(`GET /${url} HTTP/1.1\r\nHost: test\r\n\r\n`);
  await once(admin, 'request');
  const report = await drain.shutdown();
  expect(report).toMatchObject({
    ...{ outcome: 'forced', clean: false, stuck: [{ url: `/${url}`, answered, probe: true }] },
    // No request of a probe server is counted.
    requests: { forced: 0, completed: 0 },
  });
  expect(report.durationMs).toBeLessThan(1_100);
  if (!client.closed) await once(client, 'close');
  expect(text.startsWith('HTTP/1.1 503')).toBe(answered);
});

/** A request in flight for so long, on a server that is drained. */
async function slow(server: http.Server) {
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  client.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  await once(server, 'request');
  return { drain, answer: once(client, 'close').then(() => text) };
}

test.each([
  ['at once', (server: http.Server) => void server.listen(0, '127.0.0.1')],
  [
    'when it has been closed',
    (server: http.Server) => {
      server.close(() => {});
      server.listen(0, '127.0.0.1');
    },
  ],
])('a server that listens again while its last answer is under way is closed: %s', async (_when, again) => {
  const server = http.createServer((_request, response) => setTimeout(() => response.end('answer'), 400));
  const { drain, answer } = await slow(server);
  drain.signal.addEventListener('abort', () => setTimeout(() => again(server), 100));
  const { outcome, durationMs, lateServers } = await drain.shutdown();
  expect(server.listening).toBe(false);
  expect(await answer).toMatch(/answer$/);
  expect({ outcome, lateServers }).toMatchObject({ outcome: 'drained', lateServers: [{}] });
  expect(durationMs).toBeLessThan(2_000);
});

test.each(['serving', 'draining'])(
  "listeners for 'close' that somebody takes off while %s hold nothing up",
  async (when) => {
    const server = http.createServer((_request, response) => setTimeout(() => response.end('answer'), 300));
    const { drain, answer } = await slow(server);
    if (when === 'serving') server.removeAllListeners('close');
    else
      drain.signal.addEventListener('abort', () => setTimeout(() => server.removeAllListeners('close'), 50));
    const { outcome, durationMs } = await drain.shutdown();
    expect(await answer).toMatch(/answer$/);
    expect(outcome).toBe('drained');
    expect(durationMs).toBeLessThan(2_000);
  },
);

test('nor do they on a server without connections', async () => {
  const server = http.createServer();
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.track(server);
  await listen(server);
  server.removeAllListeners('close');
  expect((await drain.shutdown()).outcome).toBe('drained');
});
