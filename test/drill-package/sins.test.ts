import { expect, test } from 'vitest';
import { codesOf, conserves, drillSin, SAINTS, SINS } from './sins/sins.js';

test.each(SINS)(
  'a server whose one fault is "$name" is found out by $code, and by no other',
  async (sin) => {
    const drilled = await drillSin(sin, 1);
    expect(drilled.failure).toBeNull();
    expect(codesOf(drilled)).toEqual([sin.code]);
    expect(conserves(drilled)).toBe(true);
  },
  60_000,
);

test.each(SAINTS)(
  'of a server without a fault ("%s") nothing is said',
  async (name) => {
    const drilled = await drillSin({ name }, 1);
    expect(drilled.failure).toBeNull();
    expect(codesOf(drilled)).toEqual([]);
    expect(drilled.exitStatus).toBe(0);
    expect(conserves(drilled)).toBe(true);
  },
  60_000,
);
