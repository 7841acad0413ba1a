import { createDrain } from '@http-drain/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

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
    expect(seen).toMatchObject({ outcome: 'drained' });
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
