import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { notFlat } from './flat.js';
import { soak } from './soak.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('thousands of requests, a third of them cut by their clients, leave nothing behind', {
  timeout: 60_000,
}, async () => {
  const soaked = await soak(5_000, collectGarbage);
  expect(soaked.aborted).toBeGreaterThan(1_000);
  expect(notFlat(soaked)).toEqual([]);
  await soaked.close();
  expect(soaked.drain.phase).toBe('closed');
});
