import http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, get, served, settled } from './wire.js';

afterEach(cleanUp);

const REQUESTS = {
  'an upgrade': get('/chat', 'Connection: Upgrade', 'Upgrade: raw'),
  CONNECT: 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n',
};

/** A server that takes sockets over, and never lets them go. */
function tunnels() {
  const server = http.createServer();
  const taken: Duplex[] = [];
  const take = (_request: unknown, socket: Duplex) => {
    taken.push(socket);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n');
  };
  server.on('upgrade', take).on('connect', take);
  return { server, taken };
}

test.each(Object.entries(REQUESTS))(
  '%s that comes late is rejected, where late requests are, and holds nothing up',
  async (_what, request) => {
    const { server, taken } = tunnels();
    const { drain, port } = await served(server, { lateRequests: 'reject' });
    const client = await BareClient.connect(port);
    const done = drain.shutdown();
    await settled(server);
    client.write(request);
    await client.closed();
    expect(client.text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nretry-after: \d+\r\n/);
    expect(client.text).toMatch(/\r\nconnection: close\r\n/);
    expect(client.ending).toBe('fin');
    expect(taken).toEqual([]);
    const { outcome, requests } = await done;
    expect(outcome).toBe('drained');
    expect(requests).toMatchObject({ late: 1, rejected: 1, completed: 0, aborted: 0 });
  },
);

test.each(Object.entries(REQUESTS))(
  '%s that is rejected, and whose client breaks off, ends no process: Node listens for no errors of it',
  async (_what, request) => {
    const faults: unknown[] = [];
    const fault = (error: unknown) => faults.push(error);
    process.on('uncaughtException', fault);
    const { server } = tunnels();
    const sockets: Duplex[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const { drain, port } = await served(server, { lateRequests: 'reject' });
    const client = await BareClient.connect(port);
    const done = drain.shutdown();
    await settled(server);
    client.write(request);
    await client.saw(/^HTTP\/1\.1 503 /);
    sockets[0]?.destroy(new Error('read ECONNRESET'));
    await done;
    await new Promise(setImmediate);
    process.off('uncaughtException', fault);
    expect(sockets).toHaveLength(1);
    expect(faults).toEqual([]);
  },
);

test.each(Object.entries(REQUESTS))(
  '%s of which the beginning had come before is served',
  async (_what, request) => {
    const { server, taken } = tunnels();
    const { drain, port } = await served(server, { lateRequests: 'reject', deadlineMs: 1_000 });
    const client = await BareClient.connect(port);
    client.write(request.slice(0, 20));
    await settledOn(server);
    const done = drain.shutdown();
    await settled(server);
    client.write(request.slice(20));
    await client.saw(/^HTTP\/1\.1 101 /);
    expect(taken).toHaveLength(1);
    taken[0]?.end();
    await client.closed();
    expect((await done).requests).toMatchObject({ rejected: 0 });
  },
);

/** The server has read what its client sent. */
async function settledOn(server: http.Server): Promise<void> {
  while ((await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))) === 0);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('it is served, where late requests are', async () => {
  const { server, taken } = tunnels();
  const { drain, port } = await served(server);
  const client = await BareClient.connect(port);
  const done = drain.shutdown();
  await settled(server);
  client.write(REQUESTS['an upgrade']);
  await client.saw(/^HTTP\/1\.1 101 /);
  taken[0]?.end();
  expect((await done).outcome).toBe('drained');
});
