import { expect, test } from 'vitest';
import { CoreWaits } from '../../packages/drill/src/proc/core-waits.js';
import { waitsForCore } from '../../packages/drill/src/proc/processes.js';

test('who waits for a core is seen, also where another thread has waited for longer before', () => {
  const threads = new Map([
    ['main', 10],
    ['other', 500],
  ]);
  const waits = new CoreWaits(() => threads);
  expect(waits.look([1])).toBe(0);
  threads.set('main', 50);
  expect(waits.look([1])).toBe(40);
  threads.set('main', 55).set('other', 507);
  expect(waits.look([1])).toBe(47);
  // One that is gone has waited no less than before.
  threads.clear();
  expect(waits.look([1])).toBe(47);
});

test('the kernel says it of each thread of a process', () => {
  const all = waitsForCore(process.pid);
  expect([...all.keys()]).toContain(String(process.pid));
  for (const ms of all.values()) expect(ms).toBeGreaterThanOrEqual(0);
  expect(waitsForCore(2 ** 22 + 1).size).toBe(0);
});
