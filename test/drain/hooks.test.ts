import { createDrain } from '@http-drain/core';
import { expect, test, vi } from 'vitest';
import { Hooks } from '../../packages/core/src/drain/hooks.js';

const nobody = () => {};

async function patient(settled: () => boolean): Promise<void> {
  while (!settled()) await Promise.resolve();
}

test.each([
  ['beforeDrain', ['a', 'b', 'c']],
  ['afterDrain', ['c', 'b', 'a']],
] as const)('runs %s hooks in their order, each after the one before it', async (stage, order) => {
  const hooks = new Hooks(stage, nobody);
  const seen: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    hooks.add(name, async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
    });
  }
  expect(hooks.unsettled).toEqual(order);
  await hooks.run(patient);
  expect(seen).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(hooks.unsettled).toEqual([]);
});

test('tells each time one has settled, however it ended', async () => {
  const onSettled = vi.fn();
  const hooks = new Hooks('afterDrain', onSettled);
  hooks.add('fine', () => {});
  hooks.add('fails', () => Promise.reject(new Error('no')));
  await hooks.run(patient);
  expect(onSettled).toHaveBeenCalledTimes(2);
});

test('runs those that are added meanwhile', async () => {
  const hooks = new Hooks('beforeDrain', nobody);
  const late = vi.fn();
  hooks.add('first', () => hooks.add('late', late));
  await hooks.run(patient);
  expect(late).toHaveBeenCalledOnce();
});

test('does not run one that was taken back', async () => {
  const hooks = new Hooks('afterDrain', nobody);
  const hook = vi.fn();
  const takeBack = hooks.add('hook', hook);
  takeBack();
  takeBack();
  await hooks.run(patient);
  expect(hook).not.toHaveBeenCalled();
  expect(hooks.reports()).toEqual([]);
});

test.each([
  [
    'throws an Error',
    () => {
      throw new RangeError('far');
    },
    'RangeError: far',
  ],
  ['rejects', () => Promise.reject(new Error('no')), 'Error: no'],
  [
    'throws a string',
    () => {
      throw 'oops';
    },
    'thrown: "oops"',
  ],
] as const)('goes on after a hook that %s, and reports it', async (_what, hook, error) => {
  const hooks = new Hooks('beforeDrain', nobody);
  const next = vi.fn();
  hooks.add('bad', hook);
  hooks.add('next', next);
  await hooks.run(patient);
  expect(next).toHaveBeenCalledOnce();
  expect(hooks.reports()).toEqual([
    { name: 'bad', stage: 'beforeDrain', durationMs: expect.any(Number), error },
    { name: 'next', stage: 'beforeDrain', durationMs: expect.any(Number) },
  ]);
});

test('gives each its share of the time, goes on without one that hangs, and reports it', async () => {
  const hooks = new Hooks('afterDrain', nobody);
  const shares: number[] = [];
  hooks.add('fine', () => {});
  hooks.add('hangs', () => new Promise(() => {}));
  await hooks.run(async (_settled, share) => {
    shares.push(share);
    await Promise.resolve();
  });
  expect(shares).toEqual([1 / 2, 1]);
  expect(hooks.reports()[0]).toMatchObject({
    name: 'hangs',
    error: 'DrainError: it did not settle in the time that was left',
  });
  expect(hooks.unsettled).toContain('hangs');
});

test('one that an afterDrain hook adds runs, within the time of hooks, and leaves no timer', async () => {
  const drain = createDrain({ deadlineMs: 2_000, cleanupMs: 500 });
  const slow = vi.fn(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
  drain.afterDrain('first', () => void drain.afterDrain('second', slow));
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  expect(await drain.shutdown()).toMatchObject({ outcome: 'drained' });
  expect(slow).toHaveBeenCalledOnce();
  expect(timers()).toBeLessThanOrEqual(before);
});
