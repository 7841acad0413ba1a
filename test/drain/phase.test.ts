import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Phase, PhaseClock } from '../../packages/core/src/drain/phase.js';

vi.mock('../../packages/core/src/node/clock.js', () => import('../support/global-timers.js'));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const WAYS: Phase[][] = [
  ['lame-duck', 'draining', 'closed'],
  ['lame-duck', 'draining', 'forcing', 'closed'],
  ['lame-duck', 'forcing', 'closed'],
];

test.each(WAYS.map((way) => [way]))('goes %s', (way) => {
  const clock = new PhaseClock();
  for (const phase of way) expect(clock.enter(phase)).toBe(true);
  expect(clock.current).toBe('closed');
});

const ALL: Phase[] = ['serving', 'lame-duck', 'draining', 'forcing', 'closed'];

test('never goes back, nor enters a phase twice', () => {
  const clock = new PhaseClock();
  for (const phase of ['lame-duck', 'draining', 'forcing', 'closed'] as const) {
    clock.enter(phase);
    for (const earlier of ALL.slice(0, ALL.indexOf(phase) + 1)) {
      expect(clock.enter(earlier)).toBe(false);
      expect(clock.current).toBe(phase);
    }
  }
});

test.each(['draining', 'forcing', 'closed'] as const)('does not go from serving to %s', (phase) => {
  const clock = new PhaseClock();
  expect(clock.enter(phase)).toBe(false);
  expect(clock.current).toBe('serving');
});

test('tells how long each phase took, and 0 of one that was skipped', () => {
  const clock = new PhaseClock();
  clock.enter('lame-duck');
  vi.advanceTimersByTime(30);
  clock.enter('forcing');
  vi.advanceTimersByTime(12);
  clock.enter('closed');
  vi.advanceTimersByTime(1_000);
  expect(clock.durations()).toEqual({ 'lame-duck': 30, draining: 0, forcing: 12 });
});
