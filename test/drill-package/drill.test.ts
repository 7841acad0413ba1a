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

test('in the load round clients ask on and on; each of their requests has an id, and one end', async () => {
  const command = [process.execPath, SERVER, 'in-flight-cut'];
  const result = await drill({ command, rounds: 1, clients: 20 });
  const [round] = result.rounds.filter(({ kind, unreliable }) => kind === 'load' && unreliable === null);
  const visits = round?.witnesses.flatMap((witness) => witness.visits) ?? [];
  expect(new Set(visits.map(({ id }) => id)).size).toBe(visits.length);
  expect(visits.length).toBe(round?.totals.sent);
  expect(round?.totals.answered).toBeGreaterThanOrEqual(20 * 8);
  expect(round?.frozenMs).toBe(0);
  // Each client has gone elsewhere in the end, and has lost one request at most: none is sent again.
  expect(round?.totals.refused).toBe(20);
  const lost = visits.filter(({ outcome }) => outcome === 'lost');
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThanOrEqual(20);
  expect(result.findings).toMatchObject([{ code: 'D010', situations: expect.arrayContaining(['load']) }]);
}, 60_000);

test('a service whose answers take their time has a load round, too', async () => {
  const result = await drill({ command: [process.execPath, DRAINED], url: '/slow', rounds: 1 });
  const [load] = result.rounds.filter(({ kind, unreliable }) => kind === 'load' && unreliable === null);
  expect(load?.totals).toMatchObject({ answered: expect.toSatisfy((count) => count >= 32 * 2), lost: 0 });
}, 60_000);

test('a load round can be left out', async () => {
  const result = await drill({ command: [process.execPath, SERVER], rounds: 1, clients: 0 });
  expect(result.rounds.map(({ kind }) => kind)).not.toContain('load');
  expect(result.options.clients).toBe(0);
}, 60_000);

test('where the platform sends clients elsewhere first, nobody connects at the signal', async () => {
  const command = [process.execPath, SERVER, 'queue-reset'];
  const result = await drill({ command, rounds: 1, preStopMs: 300 });
  expect(result.findings.filter(({ code }) => code !== 'D090')).toEqual([]);
  const good = result.rounds.filter(({ unreliable }) => unreliable === null);
  const opened = good.flatMap(({ witnesses }) => witnesses.map(({ openedAt }) => openedAt));
  expect(Math.max(...opened)).toBeLessThan(0);
  const [load] = good.filter(({ kind }) => kind === 'load');
  expect(Math.max(...(load?.witnesses ?? []).map(({ openedAt }) => openedAt))).toBeLessThan(-300);
  expect(load?.totals.answered).toBeGreaterThan(32 * 8);
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
