import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { hostsOf, listeningRows } from '../../packages/drill/src/proc/tcp.js';

const server = createServer();
afterEach(() => server.close());

test.each([
  ['127.0.0.1', ['127.0.0.1']],
  ['127.0.0.7', ['127.0.0.7']],
  ['0.0.0.0', ['127.0.0.1']],
  ['::', ['127.0.0.1', '::1']],
  ['::1', ['0:0:0:0:0:0:0:1']],
  // As Java binds every IPv4 address.
  ['::ffff:127.0.0.1', ['127.0.0.1']],
])('what listens at %s is reached at %s', async (address, hosts) => {
  await once(server.listen(0, address), 'listening');
  const { port } = server.address() as AddressInfo;
  expect(
    listeningRows()
      .filter((row) => row.port === port)
      .map(hostsOf),
  ).toEqual([hosts]);
});
