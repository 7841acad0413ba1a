import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lameDuck } from '../../packages/core/src/drain/lame-duck.js';
import { now } from '../../packages/core/src/node/clock.js';
import { Ledger } from '../../packages/core/src/traffic/ledger.js';

vi.mock('../../packages/core/src/node/timers.js', () => import('../support/global-timers.js'));
vi.mock('../../packages/core/src/node/clock.js', () => import('../support/global-timers.js'));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const connection = (openedAt: number, probing = false) => ({ openedAt, probing });

function begin(lameDuckMs: number, quietMs: number) {
  const ledger = new Ledger(() => ({ urls: 'path' }));
  const connections = new Map<number, ReturnType<typeof connection>>();
  const force = new AbortController();
  const ended = vi.fn();
  const servers = () => [{ connections }] as never;
  void lameDuck({ lameDuckMs, quietMs }, ledger, servers, force.signal).then(ended);
  return { ledger, connections, force, ended };
}

test('ends after lameDuckMs', async () => {
  const { ended } = begin(100, 0);
  await vi.advanceTimersByTimeAsync(99);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledOnce();
});

test('ends early after quietMs without anything new', async () => {
  const { ended } = begin(1_000, 50);
  await vi.advanceTimersByTimeAsync(60);
  expect(ended).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('a request, and a connection, put the quiet off', async () => {
  const { ledger, connections, ended } = begin(1_000, 50);
  await vi.advanceTimersByTimeAsync(40);
  ledger.lastRequestAt = now();
  await vi.advanceTimersByTimeAsync(40);
  connections.set(1, connection(now()));
  await vi.advanceTimersByTimeAsync(40);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20);
  expect(ended).toHaveBeenCalledOnce();
});

test('health probes, which never stop, do not put it off', async () => {
  const { connections, ended } = begin(1_000, 50);
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(10);
    connections.set(i, connection(now(), true));
  }
  expect(ended).toHaveBeenCalledOnce();
});

test('never takes longer than lameDuckMs, however busy it is', async () => {
  const { ledger, ended } = begin(100, 50);
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(10);
    ledger.lastRequestAt = now();
  }
  expect(ended).toHaveBeenCalledOnce();
});

test('force ends it at once, and no timer is left', async () => {
  const { force, ended } = begin(1_000, 50);
  force.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});
