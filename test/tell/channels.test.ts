import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDrain, type DrainChannels } from '@http-drain/core';
import { afterEach, expect, expectTypeOf, test } from 'vitest';
import { listen } from './support.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Everything published on a channel from now on. */
function record<Name extends keyof DrainChannels>(name: Name): DrainChannels[Name][] {
  const messages: DrainChannels[Name][] = [];
  const listener = (message: unknown) => void messages.push(message as DrainChannels[Name]);
  channel(name).subscribe(listener);
  ends.push(() => channel(name).unsubscribe(listener));
  return messages;
}

test('http-drain:phase tells of each change of phase, in order', async () => {
  const messages = record('http-drain:phase');
  const drain = createDrain();
  await drain.shutdown();
  expect(messages).toEqual([
    { drain, previous: 'serving', phase: 'lame-duck' },
    { drain, previous: 'lame-duck', phase: 'draining' },
    { drain, previous: 'draining', phase: 'closed' },
  ]);
  expect(messages[0]?.drain).toBe(drain);
});

test('http-drain:report has the very report that shutdown() resolves with, before it does', async () => {
  const messages = record('http-drain:report');
  const drain = createDrain();
  const report = await drain.shutdown();
  expect(messages).toHaveLength(1);
  expect(messages[0]?.drain).toBe(drain);
  expect(messages[0]?.report).toBe(report);
});

test('http-drain:listen-error tells of a server that failed to listen, and lets a subscriber answer for it', async () => {
  const { server } = await listen(() => {});
  ends.push(() => server.close());
  const messages = record('http-drain:listen-error');
  const take = ({ take }: DrainChannels['http-drain:listen-error']) => take();
  channel('http-drain:listen-error').subscribe(take as (message: unknown) => void);
  ends.push(() => channel('http-drain:listen-error').unsubscribe(take as (message: unknown) => void));

  const drain = createDrain();
  const second = http.createServer();
  drain.track(second);
  const { port } = server.address() as AddressInfo;
  second.listen(port, '127.0.0.1'); // nobody listens for 'error': without take() this would be an uncaught exception
  while (messages.length === 0) await new Promise(setImmediate);
  expect(messages).toEqual([
    {
      drain,
      error: expect.objectContaining({ code: 'EADDRINUSE' }),
      taker: 'nobody',
      take: expect.any(Function),
    },
  ]);
});

test('http-drain:late-server tells of a server that began to listen during a drain', async () => {
  const messages = record('http-drain:late-server');
  const drain = createDrain();
  const late = http.createServer();
  drain.track(late);
  drain.beforeDrain('listen', async () => {
    late.listen(0, '127.0.0.1');
    await once(late, 'close');
  });
  await drain.shutdown();
  expect(messages).toEqual([{ drain, address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }]);
});

test('the channels are typed', () => {
  expectTypeOf<keyof DrainChannels>().toEqualTypeOf<
    'http-drain:phase' | 'http-drain:report' | 'http-drain:listen-error' | 'http-drain:late-server'
  >();
  expectTypeOf<DrainChannels['http-drain:phase']['phase']>().toEqualTypeOf<
    'serving' | 'lame-duck' | 'draining' | 'forcing' | 'closed'
  >();
});
