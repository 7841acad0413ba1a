import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { hold } from './client.js';

afterEach(killLeftovers);

type Hook = { name: string; stage: string; durationMs: number; error?: unknown };
type Report = { outcome: string; durationMs: number; hooks: Hook[] };
type Settings = {
  before?: string[];
  after?: string[];
  shutdown?: { deadlineMs: number; cleanupMs?: number };
};

async function drainWith(settings: Settings, pathname = '/held') {
  const child = startFixture('hooks.mjs', { args: [JSON.stringify(settings)] });
  const held = hold(await child.number('listening'), pathname);
  await child.saw(new RegExp(`^request ${pathname}$`, 'm'));
  child.signal('SIGTERM');
  if (pathname === '/held') {
    if (settings.before) await child.saw(new RegExp(`^begins ${settings.before.at(-1)}$`, 'm'));
    held.finish();
    await held.answer;
  }
  const exit = await child.exited;
  const report = await child.json<Report>('report');
  const steps = child.stdout.split('\n').filter((line) => /^(begins|ends|answered)/.test(line));
  return { exit, report, steps, child };
}

describe('hooks', () => {
  test('before: in order; after: newest first, once the last request is answered, each awaited', async () => {
    const { exit, report, steps } = await drainWith({
      before: ['slow before', 'works before'],
      after: ['works oldest', 'slow', 'works newest'],
    });
    expect(steps).toEqual([
      'begins slow before',
      'ends slow',
      'begins works before',
      'answered',
      'begins works newest',
      'begins slow',
      'ends slow',
      'begins works oldest',
    ]);
    expect(exit.code).toBe(0);
    expect(report.hooks.map(({ name, stage }) => `${stage} ${name}`)).toEqual([
      'beforeDrain slow before',
      'beforeDrain works before',
      'afterDrain works newest',
      'afterDrain slow',
      'afterDrain works oldest',
    ]);
    const slow = report.hooks.find(({ name }) => name === 'slow');
    expect(slow!.durationMs).toBeGreaterThanOrEqual(95);
  });

  test('that throw or reject are reported with their error, and the others run', async () => {
    const { report, steps, child } = await drainWith({
      before: ['throws before', 'works before'],
      after: ['works last', 'rejects', 'throws', 'works first'],
    });
    expect(steps.filter((step) => step.startsWith('begins')).at(-1)).toBe('begins works last');
    const failed = report.hooks.filter((hook) => hook.error !== undefined);
    expect(failed.map(({ name }) => name)).toEqual(['throws before', 'throws', 'rejects']);
    expect(JSON.stringify(failed[1]!.error)).toContain('thrown on purpose');
    expect(JSON.stringify(failed[2]!.error)).toContain('rejected on purpose');
    expect(child.stderr).toMatch(
      /HttpDrainWarning: drained in .*; hook throws failed \(Error: thrown on purpose\)/,
    );
  });

  test('that hang are reported, the others still run, and the deadline holds', async () => {
    const { report, steps } = await drainWith({
      after: ['works oldest', 'hangs', 'works newest'],
      shutdown: { deadlineMs: 1_500 },
    });
    expect(steps).toEqual(['answered', 'begins works newest', 'begins hangs', 'begins works oldest']);
    expect(report.hooks.find(({ name }) => name === 'hangs')!.error).toBeDefined();
    expect(report.durationMs).toBeLessThan(1_700);
  });

  test('run when the drain is forced, within the deadline', async () => {
    const { exit, report, steps } = await drainWith(
      { after: ['works oldest', 'slow'], shutdown: { deadlineMs: 1_000 } },
      '/hang',
    );
    expect(exit.code).toBe(1);
    expect(report.outcome).toBe('forced');
    expect(steps).toEqual(['begins slow', 'ends slow', 'begins works oldest']);
    expect(report.durationMs).toBeLessThan(1_200);
  });

  test('before that hang keep no request from its answer, and the deadline holds', async () => {
    const { report, steps } = await drainWith({
      before: ['hangs before'],
      after: ['works after'],
      shutdown: { deadlineMs: 1_500 },
    });
    expect(steps).toEqual(['begins hangs before', 'answered', 'begins works after']);
    expect(report.hooks.find(({ name }) => name === 'hangs before')!.error).toBeDefined();
    expect(report.durationMs).toBeLessThan(1_700);
  });
});
