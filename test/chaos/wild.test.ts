import { test } from 'vitest';
import { playWorlds } from './chaos.js';
import { wildWorld } from './make-world.js';
import { KINDS } from './world.js';

test('no world, however wild, breaks the law', { timeout: 0 }, async () => {
  await playWorlds('wild', wildWorld(KINDS), 80);
});
