import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

test('untilSignal() waits where nothing else keeps the process alive', async () => {
  const child = startFixture('nothing-open.mjs');
  await child.saw(/^waiting$/m);
  await delay(300); // Long enough for a process without anything to do to end.
  child.signal('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe('waiting\nsignal SIGTERM\n');
  expect(child.stderr).toBe('');
});

test('untilSignal() in a worker thread says that no signal comes there', async () => {
  const child = startFixture('nothing-open.mjs', { args: ['worker'] });
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(/^waiting\ncaught DrainError NO_SIGNALS: [^\n]*worker thread[^\n]*\n$/);
});
