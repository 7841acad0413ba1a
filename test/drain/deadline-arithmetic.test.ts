import { createDrain } from '@http-drain/core';
import { describe, expect, test } from 'vitest';

describe('deadline, lame duck and cleanup', () => {
  test.each([
    { deadlineMs: 10_000, lameDuckMs: 10_000 },
    { deadlineMs: 10_000, lameDuckMs: 30_000 },
    { deadlineMs: 10_000, lameDuckMs: 9_000, cleanupMs: 2_000 },
  ])('that cannot fit are refused in one sentence: %j', async (options) => {
    const oneSentence = /^[^.\n]*\blameDuckMs\b[^\n]*$/;
    expect(() => createDrain(options)).toThrow(TypeError);
    expect(() => createDrain(options)).toThrow(oneSentence);
    // shutdown() may throw or reject: either way nothing has begun.
    const drain = createDrain();
    await expect(async () => drain.shutdown(options)).rejects.toThrow(oneSentence);
    expect(drain.phase).toBe('serving');
  });

  test.each([
    {},
    { deadlineMs: 25_000, lameDuckMs: 5_000 },
    { deadlineMs: 10_000, lameDuckMs: 5_000, cleanupMs: 2_000 },
    { deadlineMs: 1_000 },
  ])('that fit are taken: %j', (options) => {
    expect(createDrain(options).phase).toBe('serving');
  });
});
