import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CODES, drill } from '../../packages/drill/dist/index.js';

const SERVER = fileURLToPath(new URL('sins/server.mjs', import.meta.url));
const DRAINED = fileURLToPath(new URL('services/http-drain.mjs', import.meta.url));

test('the function gives what the command line tells, as plain data', async () => {
  const result = await drill({ command: [process.execPath, SERVER, 'queue-reset'], rounds: 1 });
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  const [finding] = result.findings;
  expect(finding).toMatchObject({ code: 'D007', severity: 'error', certainty: 'seen' });
  expect(finding?.situations).toContain('queue');
  expect(finding?.lost).toBe(result.worst.lost);
  expect(result).toMatchObject({ verdict: 'lost', exitStatus: 1, failure: null });
  expect(result.summary).toMatch(/^\d+ requests? lost/);
}, 60_000);

test('a round tells each moment, and what lay where in the kernel', async () => {
  const { rounds } = await drill({ command: [process.execPath, SERVER], rounds: 1 });
  const [round] = rounds.filter(({ kind, unreliable }) => kind === 'witness' && unreliable === null);
  const moments = round?.moments.map(({ what }) => what);
  expect(moments).toEqual(expect.arrayContaining(['frozen', 'signal', 'thawed', 'listener-closed', 'exit']));
  expect(round?.frozenMs).toBeLessThanOrEqual(250);
  expect(round?.probes.map(({ kind }) => kind)).toEqual(['readiness', 'liveness']);
  const queued = round?.witnesses.filter(({ situation }) => situation === 'queue');
  expect(
    queued?.filter(({ kernel }) => kernel !== null).every(({ kernel }) => kernel?.accepted === false),
  ).toBe(true);
}, 60_000);

test('codes can be left out, and allowed', async () => {
  const command = [process.execPath, SERVER, 'half-reset'];
  const skipped = await drill({ command, rounds: 1, skip: ['D013', 'D090'] });
  expect(skipped).toMatchObject({ findings: [], exitStatus: 0 });
  const allowed = await drill({ command, rounds: 1, allow: ['D013'], skip: ['D090'] });
  expect(allowed).toMatchObject({ findings: [{ code: 'D013', severity: 'warn' }], exitStatus: 0 });
}, 60_000);

test('a lame duck that is too short is told of', async () => {
  const result = await drill({ command: [process.execPath, SERVER], rounds: 1, expectLameDuckMs: 5_000 });
  expect(result.findings).toMatchObject([{ code: 'D033', severity: 'error' }]);
}, 60_000);

test('an aborted drill leaves at once', async () => {
  const abort = new AbortController();
  const progress = (line: string) => line.startsWith('round 1') && abort.abort();
  const result = await drill({ command: [process.execPath, SERVER], abort: abort.signal, progress });
  expect(result).toMatchObject({ verdict: 'interrupted', exitStatus: 130, findings: [] });
});

test('as process 1 a program without a handler ignores the signal', async () => {
  const command = [process.execPath, SERVER, 'no-handler'];
  const result = await drill({ command, rounds: 1, pid1: true, graceMs: 2_000 });
  expect(result.failure).toBeNull();
  expect(result.findings).toMatchObject([{ code: 'D004' }]);
}, 60_000);

test('as process 1 http-drain stops as ever', async () => {
  const result = await drill({ command: [process.execPath, DRAINED], rounds: 1, pid1: true });
  expect(result).toMatchObject({ findings: [], exitStatus: 0 });
}, 60_000);

test('the sample for reports has every field that a drill has', async () => {
  const sample = JSON.parse(readFileSync(new URL('sample.json', import.meta.url), 'utf8'));
  const result = await drill({ command: [process.execPath, SERVER, 'queue-reset'], rounds: 1 });
  expect(Object.keys(sample)).toEqual(Object.keys(result));
  for (const part of ['findings', 'rounds', 'situations'] as const) {
    expect(Object.keys(sample[part][0])).toEqual(Object.keys(result[part][0] as object));
  }
  expect(
    sample.findings.every(({ code }: { code: string }) => (CODES as readonly string[]).includes(code)),
  ).toBe(true);
}, 60_000);
