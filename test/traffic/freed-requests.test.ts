import http, { type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDrain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { BareClient, cleanUp, listen, turn, until } from './wire.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

afterEach(cleanUp);

test('a request that was answered before its body had come is free to go, though its connection stays open', async () => {
  let ref: WeakRef<IncomingMessage> | undefined;
  let received = false;
  const server = http.createServer((request, response) => {
    ref = new WeakRef(request);
    request.resume().on('end', () => {
      received = true;
    });
    response.end('answer');
  });
  createDrain().track(server);
  const client = await BareClient.connect(await listen(server));
  client.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n');
  await client.saw(/answer$/);
  client.write('body');
  await until(() => received);
  for (let turns = 0; turns < 50 && ref?.deref(); turns++) {
    await turn();
    collectGarbage();
  }
  expect(received && ref !== undefined).toBe(true);
  expect(ref?.deref()).toBeUndefined();
  expect(client.socket.destroyed).toBe(false);
});
