/** force() in the very moment in which the lame duck begins: nothing waits for its end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { createDrain, type Drain } from '@http-drain/core';
import { afterEach, expect, test } from 'vitest';
import { atTheEnd, BareClient, cleanUp, get, listen, until } from '../traffic/wire.js';

afterEach(cleanUp);

test.each<[string, (drain: Drain) => unknown]>([
  ['by a beforeDrain hook', (drain) => drain.beforeDrain('force', () => drain.force())],
  [
    'by who listens for the phase',
    (drain) => {
      const force = () => drain.force();
      subscribe('http-drain:phase', force);
      atTheEnd(() => unsubscribe('http-drain:phase', force));
    },
  ],
])('%s', async (_how, prepare) => {
  const drain = createDrain({ lameDuckMs: 5_000, deadlineMs: 20_000 });
  const server = http.createServer(() => {});
  drain.track(server);
  prepare(drain);
  const client = await BareClient.connect(await listen(server));
  client.write(get('/'));
  await until(() => drain.inFlight === 1);
  const report = await drain.shutdown();
  expect(report).toMatchObject({ outcome: 'forced', requests: { forced: 1 } });
  expect(report.durationMs).toBeLessThan(2_000);
  expect(client.text).toMatch(/^HTTP\/1\.1 503 /);
});
