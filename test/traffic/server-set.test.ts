import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDrain, type Drain } from '@http-drain/core';
import { expect, test } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Serves one request, and is closed by its owner. */
async function serveAndClose(drain: Drain): Promise<WeakRef<object>[]> {
  const server = http.createServer((_request, response) => response.end('answer'));
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const accepted = once(server, 'connection');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.end('GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n').resume();
  const [socket] = (await accepted) as [net.Socket];
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  return [new WeakRef(server), new WeakRef(socket)];
}

test('servers that their owners closed are free to go, and their sockets too', async () => {
  const drain = createDrain();
  const refs: WeakRef<object>[] = [];
  for (let count = 0; count < 20; count++) refs.push(...(await serveAndClose(drain)));
  // Node lets go of a handle, and of what its timers and ticks hold, some turns later.
  let left = refs;
  for (let turns = 0; turns < 50 && left.length > 2; turns++) {
    await turn();
    collectGarbage();
    left = left.filter((ref) => ref.deref() !== undefined);
  }
  // The last one may still stand in a register, or in an inline cache.
  expect(left.length).toBeLessThanOrEqual(2);
  expect(drain.snapshot().servers).toEqual([]);
});
