import { once } from 'node:events';
import http from 'node:http';
import { expect, test } from 'vitest';
import { Ledger } from '../../packages/core/src/ledger.js';
import { TrackedServer } from '../../packages/core/src/tracked-server.js';

const nobody = { onActive() {}, onInactive() {}, onListening() {}, onListenError() {} };

function tracked(): TrackedServer {
  const server = http.createServer();
  return new TrackedServer(server, new Ledger(() => ({ urls: 'path' })), nobody, false, undefined);
}

test('stops listening with the close() of net, and gives the server its own one back', async () => {
  const one = tracked();
  await once(one.server.listen(0, '127.0.0.1'), 'listening');
  one.stopListening();
  expect(Object.hasOwn(one.server, 'close')).toBe(true);
  await once(one.server, 'close');
  one.release();
  expect(Object.hasOwn(one.server, 'close')).toBe(false);
});

test('leaves a server alone that has closed, since nobody would give it its close() back', async () => {
  const one = tracked();
  await once(one.server.listen(0, '127.0.0.1'), 'listening');
  one.server.close();
  await once(one.server, 'close');
  one.release();
  one.stopListening();
  expect(Object.hasOwn(one.server, 'close')).toBe(false);
});
