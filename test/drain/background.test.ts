import { expect, test, vi } from 'vitest';
import { Background } from '../../packages/core/src/drain/background.js';

test('holds work until it settles, either way, and tells of each', async () => {
  const settled = vi.fn();
  const failed = vi.fn();
  const background = new Background(settled, failed);
  background.add(Promise.resolve(), 'good');
  background.add(Promise.reject(new Error('disk full')), 'bad');
  expect(background.list().map(({ name }) => name)).toEqual(['good', 'bad']);
  await vi.waitFor(() => expect(settled).toHaveBeenCalledTimes(2));
  expect(background.size).toBe(0);
  expect(failed).toHaveBeenCalledExactlyOnceWith('bad', 'Error: disk full');
});

test('work that is given up is told of, and held no more', () => {
  const background = new Background(vi.fn(), vi.fn());
  background.add(new Promise(() => {}), 'endless');
  background.giveUp();
  expect(background.givenUp).toEqual([{ name: 'endless', ageMs: expect.any(Number) }]);
  expect(background.size).toBe(0);
  expect(background.list()).toEqual([]);
});

test('takes whatever has then()', async () => {
  const settled = vi.fn();
  const background = new Background(settled, vi.fn());
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library
  background.add({ then: (resolve: (value: unknown) => void) => resolve(1) } as never, 'thenable');
  await vi.waitFor(() => expect(settled).toHaveBeenCalledOnce());
});
