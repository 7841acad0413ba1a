import { test } from 'vitest';
import { playWorlds } from './chaos.js';
import { politeWorld } from './make-world.js';
import { KINDS } from './world.js';

test('nothing is lost in a world whose clients keep to the rules', { timeout: 0 }, async () => {
  await playWorlds('polite', politeWorld(KINDS), 40);
});
