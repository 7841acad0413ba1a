import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

test('copies in vm contexts, as each test file of Jest has one, are let go, and leave each other’s servers alone', async () => {
  const child = startFixture('contexts.mjs');
  expect((await child.exited).code).toBe(0);
  expect(child.stdout).toBe('in memory 1\nown false, foreign true\n');
});
