import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createDrain, type ListenErrorMessage } from '@http-drain/core';
import { expect, test } from 'vitest';
import { Ledger } from '../../packages/core/src/traffic/ledger.js';
import { TrackedServer } from '../../packages/core/src/traffic/tracked-server.js';
import { unguarded } from '../support/foreign.js';

const nobody = {
  foreign: unguarded,
  onActive() {},
  onInactive() {},
  onChange() {},
  onListening() {},
  onListenError() {},
  onClosedByOwner() {},
};

function tracked(): TrackedServer {
  return new TrackedServer(
    http.createServer(),
    new Ledger(() => ({ urls: 'path' })),
    nobody,
    false,
    undefined,
  );
}

test('leaves a server alone that has closed, since nobody would give it its close() back', async () => {
  const one = tracked();
  await once(one.server.listen(0, '127.0.0.1'), 'listening');
  one.server.close();
  await once(one.server, 'close');
  one.release();
  one.stopListening();
  expect(Object.hasOwn(one.server, 'close')).toBe(false);
});

test.each([
  ['was handed over whole', (response: http.ServerResponse) => response.end('whole'), 'completed'],
  ['was not', (response: http.ServerResponse) => response.write('half'), 'forced'],
] as const)('an answer that %s when its socket is destroyed', async (_what, write, count) => {
  const one = tracked();
  await once(one.server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((one.server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [, response] = (await once(one.server, 'request')) as [unknown, http.ServerResponse];
  one.ledger.start(1);
  write(response);
  one.force();
  await once(client, 'close');
  expect(one.ledger.requests).toMatchObject({ completed: 0, forced: 0, [count]: 1 });
  one.server.close();
});

test('a server that its owner closed is drained if it listens again', async () => {
  const drain = createDrain();
  const server = http.createServer();
  drain.track(server, { name: 'again' });
  for (let times = 0; times < 2; times++) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    if (times === 0) await once(server.close(), 'close');
  }
  expect(drain.snapshot().servers).toMatchObject([{ name: 'again' }]);
  await drain.shutdown();
  expect(server.listening).toBe(false);
});

test('a server that fails to listen again is told of as one that fails at first', async () => {
  const drain = createDrain();
  const server = http.createServer();
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await once(server.close(), 'close');
  // Nobody listens for 'error': whoever hears of it answers for it.
  const told = new Promise((resolve) => {
    const onError = (message: unknown) => {
      (message as ListenErrorMessage).take();
      unsubscribe('http-drain:listen-error', onError);
      resolve(undefined);
    };
    subscribe('http-drain:listen-error', onError);
  });
  server.listen('/no/such/folder/http.sock');
  await told;
  expect(drain.listenError).toMatchObject({ syscall: 'listen' });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  expect(drain.listenError).toBeUndefined();
  server.close();
});
