import { expect, test, vi } from 'vitest';
import { setTimeout } from '../../packages/core/src/node/timers.js';

test('what is due already is due at once, without the warning that Node has for it from 24 on', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  for (const ms of [-18, -Infinity]) await new Promise<void>((resolve) => setTimeout(resolve, ms));
  await new Promise(setImmediate);
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});
