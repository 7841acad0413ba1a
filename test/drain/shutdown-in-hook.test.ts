import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDrain, type Drain, type DrainReport } from '@http-drain/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const warned = vi.fn();
beforeEach(() => void process.on('warning', warned));
afterEach(() => {
  process.off('warning', warned);
  warned.mockClear();
});

test.each(['beforeDrain', 'afterDrain'] as const)(
  '%s: a hook that awaits shutdown() does not wait for itself, and is told of',
  async (stage) => {
    const drain = createDrain({ deadlineMs: 5_000 });
    let seen: unknown;
    drain[stage]('awaits the end', async () => {
      seen = await drain.shutdown();
    });
    const since = performance.now();
    const report = await drain.shutdown();
    expect(performance.now() - since).toBeLessThan(1_000);
    // What is not over yet is not clean.
    expect(seen).toMatchObject({ outcome: 'drained', clean: false });
    expect(report.clean).toBe(true);
    expect(report).toMatchObject({ outcome: 'drained', hooks: [{ name: 'awaits the end', stage }] });
    expect(report.hooks[0]?.error).toBeUndefined();
    await new Promise(setImmediate);
    expect(warned.mock.calls.map(([{ message }]) => message)).toEqual([
      expect.stringMatching(/^shutdown\(\) was called in a hook that it waits for/),
    ]);
  },
);

test('outside of hooks it is one promise, and so it is in a hook of another drain', async () => {
  const [drain, other] = [createDrain(), createDrain()];
  let phase: unknown;
  other.afterDrain('the other one', async () => {
    await drain.shutdown();
    phase = drain.phase;
  });
  await other.shutdown();
  expect(phase).toBe('closed');
  expect(drain.shutdown()).toBe(drain.shutdown());
});

describe('what is called in a hook, and not awaited by it, is told of the end', () => {
  type Begin = (end: () => Promise<DrainReport>) => unknown;
  const hooks: [string, Begin][] = [
    ['at once', (end) => void end()],
    ['by a timer that it has set', (end) => void setTimeout(end, 20)],
    ['by a promise that it does not return', (end) => void sleep(20).then(end)],
  ];
  test.each(hooks)('%s', async (_, begin) => {
    const { drain, answer } = await withOneInFlight();
    const ends: Promise<DrainReport>[] = [];
    const end = () => {
      const report = drain.shutdown();
      ends.push(report);
      return report;
    };
    drain.beforeDrain('tells others', () => begin(end));
    const report = drain.shutdown();
    await expect.poll(() => ends).toHaveLength(1);
    await expect(Promise.race([ends[0], sleep(100, 'waits')])).resolves.toBe('waits');
    answer();
    expect(await ends[0]).toBe(await report);
    expect(await report).toMatchObject({ clean: true, requests: { completed: 1 } });
    expect(warned).not.toHaveBeenCalled();
  });

  test('by a timer of work that was waited for, which is over', async () => {
    const { drain, answer } = await withOneInFlight();
    let report: Promise<DrainReport> | undefined;
    // A timer is called in the context of who has set it.
    drain.waitUntil(async () => void setTimeout(() => (report = drain.shutdown()), 50), 'boot');
    await expect.poll(() => report !== undefined).toBe(true);
    await expect(Promise.race([report, sleep(100, 'waits')])).resolves.toBe('waits');
    answer();
    expect(await report).toMatchObject({ clean: true, requests: { completed: 1 } });
  });

  test('but not by work within a hook that is waited for still', async () => {
    const drain = createDrain({ deadlineMs: 5_000 });
    let seen: unknown;
    drain.beforeDrain('waits', async () => {
      await new Promise<void>((resolve) => {
        drain.waitUntil(async () => {
          setTimeout(async () => {
            seen = await drain.shutdown();
            resolve();
          }, 20);
        }, 'part of it');
      });
    });
    const since = performance.now();
    expect(await drain.shutdown()).toMatchObject({ outcome: 'drained', clean: true });
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(seen).toMatchObject({ clean: false });
  });
});

async function withOneInFlight(): Promise<{ drain: Drain; answer: () => void }> {
  const drain = createDrain({ deadlineMs: 5_000 });
  let answer = () => {};
  const server = http.createServer((_, response) => {
    answer = () => response.end('done');
  });
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await expect.poll(() => drain.inFlight).toBe(1);
  return { drain, answer: () => answer() };
}
