import { createDrain } from '@http-drain/core';
import { expect, test } from 'vitest';

const number = expect.any(Number);

test('the report has this shape, and all of it is plain data', async () => {
  const drain = createDrain({ deadlineMs: 200 });
  drain.beforeDrain('stop jobs', () => {});
  drain.afterDrain('close db', () => {
    throw new Error('gone');
  });
  drain.waitUntil(new Promise(() => {}), 'endless');
  const report = await drain.shutdown();
  expect(report).toEqual({
    outcome: 'forced',
    clean: false,
    durationMs: number,
    phases: { 'lame-duck': number, draining: number, forcing: number },
    requests: { inFlightAtStart: 0, completed: 0, late: 0, rejected: 0, aborted: 0, forced: 0 },
    connections: { openAtStart: 0, closed: 0, forced: 0 },
    stuck: [],
    background: [{ name: 'endless', ageMs: number }],
    hooks: [
      { name: 'stop jobs', stage: 'beforeDrain', durationMs: number },
      { name: 'close db', stage: 'afterDrain', durationMs: number, error: 'Error: gone' },
    ],
    servers: [],
    lateServers: [],
    late: 0,
    faults: [],
    warnings: [],
  });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('the snapshot has this shape', () => {
  expect(createDrain().snapshot()).toEqual({
    phase: 'serving',
    ready: true,
    inFlight: 0,
    durationMs: null,
    leftMs: null,
    deadlineMs: 25_000,
    outcome: null,
    requests: [],
    connections: { open: 0, handshake: 0, new: 0, idle: 0, active: 0, upgraded: 0 },
    upgraded: [],
    background: [],
    hooks: [],
    totals: { inFlightAtStart: 0, completed: 0, late: 0, rejected: 0, aborted: 0, forced: 0 },
    servers: [],
  });
});
