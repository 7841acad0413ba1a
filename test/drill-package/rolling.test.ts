import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Drilled, type DrillOptions, drill } from '../../packages/drill/dist/index.js';
import { codesOf, conserves } from './sins/sins.js';

const service = (name: string) => [
  process.execPath,
  fileURLToPath(new URL(`services/${name}.mjs`, import.meta.url)),
];
const isThere = (program: string) =>
  process.env.CI === 'true' ||
  ['', '/usr/sbin/'].some((folder) => !spawnSync(folder + program, ['-v']).error);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drill-rolling-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function restarted(name: string, options: Partial<DrillOptions> = {}): Promise<Drilled> {
  const drilled = await drill({ command: service(name), rolling: 2, ...options });
  expect(drilled.failure).toBeNull();
  expect(drilled.rounds.every(({ kind }) => kind === 'rolling')).toBe(true);
  expect(conserves(drilled)).toBe(true);
  return drilled;
}

describe('two instances, restarted in turn under the load of clients that know both', () => {
  test('a service that exits at once loses requests in each restart', async () => {
    const drilled = await restarted('exit');
    // What had not been accepted was lost by the end of the listening socket, the rest by that of the process.
    expect(['D003', 'D007']).toEqual(expect.arrayContaining(codesOf(drilled)));
    expect(drilled).toMatchObject({ verdict: 'lost', exitStatus: 1 });
    const good = drilled.rounds.filter(({ unreliable }) => unreliable === null);
    expect(good.every(({ totals }) => totals.lost > 0)).toBe(true);
    expect(drilled.summary).toMatch(/^(up to )?\d+ requests? lost .*restart/);
  });

  test('a service with http-drain loses nothing', async () => {
    const drilled = await restarted('http-drain');
    expect(codesOf(drilled)).toEqual([]);
    expect(drilled.totals.lost).toBe(0);
    expect(drilled).toMatchObject({ verdict: 'passed', exitStatus: 0 });
    expect(drilled.options).toMatchObject({ rolling: 2, proxy: 'builtin' });
    // Each has its own turn, and a new one in its place the next.
    const pids = drilled.rounds.map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(pids.length);
    for (const round of drilled.rounds) {
      const answers = (situation: string) =>
        round.witnesses
          .filter((witness) => witness.situation === situation)
          .flatMap(({ visits }) => visits.filter(({ outcome }) => outcome === 'answered'));
      expect(answers('load').length).toBeGreaterThan(32 * 3);
      // The other one, and the new one when it is there.
      const after = answers('rolling').filter(({ sentAt }) => (sentAt ?? 0) > (round.exit?.at ?? 0));
      expect(after.length).toBeGreaterThan(16);
      expect(round.frozenMs).toBeGreaterThan(50);
      expect(round.frozenMs).toBeLessThanOrEqual(250);
    }
  });

  test('a new instance is sent nothing before it says that it is ready', async () => {
    const command = [...service('comes-late'), join(folder, 'late-starts')];
    const drilled = await restarted('comes-late', { command });
    expect(codesOf(drilled)).toEqual([]);
    expect(drilled.totals.lost).toBe(0);
  });

  test('answers that take their time are waited for', async () => {
    const drilled = await restarted('http-drain', { url: '/slow', rolling: 1 });
    expect(codesOf(drilled)).toEqual([]);
    expect(drilled.totals).toMatchObject({ lost: 0, answered: expect.toSatisfy((count) => count > 64) });
  });

  test('a service with a short accept queue, and no handler, is found out, too', async () => {
    const command = ['python3', fileURLToPath(new URL('services/python.py', import.meta.url))];
    const drilled = await restarted('', { command });
    expect(codesOf(drilled)).toEqual(['D002']);
  });

  test('where the platform sends clients elsewhere first, none of them connects to the one that is stopped', async () => {
    const { rounds, totals } = await restarted('http-drain', { preStopMs: 300, rolling: 1 });
    expect(totals.lost).toBe(0);
    const opened = rounds[0]?.witnesses.filter(({ situation }) => situation === 'load');
    expect(Math.max(...(opened ?? []).map(({ openedAt }) => openedAt))).toBeLessThan(-300);
  });

  test('one that does not end is killed when the grace period is over, and not restarted again', async () => {
    const drilled = await restarted('close', { graceMs: 2_000, rolling: 3 });
    expect(codesOf(drilled)).toContain('D004');
    expect(drilled.rounds.at(-1)?.exit).toMatchObject({ killed: true });
  });
}, 60_000);

describe.each(['nginx', 'haproxy'] as const)(
  'behind %s',
  (proxy) => {
    test.skipIf(!isThere(proxy))('a service that exits at once loses requests', async () => {
      const drilled = await restarted('exit', { proxy });
      expect(codesOf(drilled)).toEqual(['D016']);
      const [finding] = drilled.findings;
      expect(finding).toMatchObject({ certainty: 'inferred', situations: ['proxied'] });
      expect(finding?.lost).toBeGreaterThan(2);
    });

    test.skipIf(!isThere(proxy))('a service with http-drain loses nothing', async () => {
      const drilled = await restarted('http-drain', { proxy });
      expect(codesOf(drilled)).toEqual([]);
      expect(drilled.totals.lost).toBe(0);
      expect(drilled.rounds.every(({ note }) => note?.includes(`behind ${proxy}`))).toBe(true);
      expect(drilled.options).toMatchObject({ rolling: 2, proxy });
    });
  },
  60_000,
);

describe('what cannot be restarted so is said in one sentence', () => {
  const failure = async (command: string[], options: Partial<DrillOptions> = {}) => {
    const drilled = await drill({ command, rolling: 1, ...options });
    expect(drilled).toMatchObject({ verdict: 'undrilled', exitStatus: 2 });
    return drilled.failure;
  };
  const program = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return [process.execPath, file];
  };

  test('a service with a port of its own', async () => {
    const port = 14_000 + (process.pid % 1_000);
    const command = await program(
      'fixed.cjs',
      `require('http').createServer((_, r) => r.end()).listen(${port})`,
    );
    expect(await failure(command)).toMatchObject({
      kind: 'port-taken',
      message: expect.stringMatching(/^A second instance cannot run beside the first, .* PORT/),
    });
  });

  test.skipIf(!isThere('nginx'))('behind nginx, a service that does not listen where PORT says', async () => {
    const command = await program('any.cjs', `require('http').createServer((_, r) => r.end()).listen(0)`);
    expect((await failure(command, { proxy: 'nginx' }))?.message).toMatch(
      /^Expected the service to listen on the port that PORT names/,
    );
  });

  test('an instance that does not come back; what was lost before is told', async () => {
    const text = `
      const { existsSync, appendFileSync, readFileSync } = require('fs');
      const log = ${JSON.stringify(join(folder, 'starts'))};
      appendFileSync(log, 'x');
      if (readFileSync(log).length > 2) { console.error('no licence for a third'); process.exit(3); }
      require('http').createServer((_, r) => r.end()).listen(process.env.PORT);
      process.on('SIGTERM', () => process.exit(0));`;
    const drilled = await drill({ command: await program('twice.cjs', text), rolling: 4 });
    expect(drilled.failure).toMatchObject({
      message: 'It ended with code 3 before it listened on any port.',
      output: ['no licence for a third'],
    });
    expect(drilled.rounds).toMatchObject([{ kind: 'rolling', totals: { lost: expect.any(Number) } }]);
    expect(drilled.exitStatus).toBe(2);
  });

  test('a service that serves one connection at a time', async () => {
    const text = `
      const server = require('http').createServer((_, response) => response.end());
      server.maxConnections = 1;
      server.listen(process.env.PORT);`;
    expect((await failure(await program('one.cjs', text)))?.message).toMatch(/one connection at a time/);
  });
}, 60_000);
