import { createDrain } from '@http-drain/core';
import { describe, expect, test } from 'vitest';

describe('deadline, lame duck and cleanup', () => {
  test.each([
    { deadlineMs: 10_000, lameDuckMs: 10_000 },
    { deadlineMs: 10_000, lameDuckMs: 30_000 },
    { deadlineMs: 10_000, lameDuckMs: 9_000, cleanupMs: 2_000 },
  ])('that cannot fit are refused in one sentence: %j', (options) => {
    const oneSentence = /^[^.\n]*\blameDuckMs\b[^\n]*$/;
    expect(() => createDrain(options)).toThrow(TypeError);
    expect(() => createDrain(options)).toThrow(oneSentence);
  });

  test('that do not fit once they are put together are adjusted: a drain that is asked for begins', async () => {
    const drain = createDrain({ lameDuckMs: 600 });
    const { outcome, phases, warnings } = await drain.shutdown({ deadlineMs: 400 });
    expect(outcome).toBe('drained');
    expect(phases['lame-duck']).toBeLessThan(400);
    expect(warnings).toHaveLength(1);
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
