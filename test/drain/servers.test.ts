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
