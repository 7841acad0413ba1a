import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Child, fixturePath, killLeftovers, startFixture } from './child.js';
import { hold } from './client.js';

afterEach(killLeftovers);

type Report = { outcome: string; durationMs: number; stuck: { method: string; url: string }[] };

// The promise is about this very span, so the tests below wait it out.
const pastTheHalfSecond = () => delay(600);

async function startWithRequest(pathname: string, start = () => startFixture('serve.mjs')) {
  const child = start();
  const port = await child.number('listening');
  const held = hold(port, pathname);
  await child.saw(new RegExp(`^request ${pathname}$`, 'm'));
  return { child, held };
}

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
] as const)(
  '%s and, later, %s force: the stuck request is cut off and the hooks run',
  async (first, second) => {
    const { child, held } = await startWithRequest('/hang');
    child.signal(first);
    await child.saw(/^signal/m);
    await pastTheHalfSecond();
    child.signal(second);

    expect(await held.answer).toMatchObject({ status: 503 });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    const report = await child.json<Report>('report');
    expect(report.outcome).toBe('forced');
    expect(report.durationMs).toBeLessThan(3_000);
    expect(report.stuck).toMatchObject([{ method: 'POST', url: '/hang' }]);
    expect(child.stdout).toContain('hook cleanup');
  },
);

test('a second signal within half a second of the first is the same key press', async () => {
  const { child, held } = await startWithRequest('/held');
  child.signal('SIGINT');
  await child.saw(/^signal SIGINT$/m);
  child.signal('SIGINT');
  await pastTheHalfSecond();
  held.finish();

  expect((await held.answer).body).toBe('answered');
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

test('a third signal forces after a doubled first one', async () => {
  const { child, held } = await startWithRequest('/hang');
  child.signal('SIGINT');
  await child.saw(/^signal SIGINT$/m);
  child.signal('SIGINT');
  await pastTheHalfSecond();
  child.signal('SIGINT');

  expect(await held.answer).toMatchObject({ status: 503 });
  expect(await child.exited).toEqual({ code: 1, signal: null });
});

// npm hands the signal on to its child. With dash that is a shell, and the program hears one key press once; after
// `exec`, or with a shell that execs its last command, it is the program itself, which hears it twice (unless the
// kernel merges the two).
test.each(['node', 'exec node'])('Ctrl-C on a real npm start (%s) drains', async (node) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'npm-start-'));
  const start = `${node} ${JSON.stringify(fixturePath('serve.mjs'))}`;
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { start } }));
  const underNpm = () => {
    const bin = path.dirname(process.execPath);
    const env = { ...process.env, NODE_OPTIONS: '', PATH: `${bin}${path.delimiter}${process.env.PATH}` };
    return new Child('npm', ['start', '--silent'], { cwd: folder, detached: true, env });
  };

  const { child, held } = await startWithRequest('/held', underNpm);
  child.signalGroup('SIGINT');
  await child.saw(/^signal SIGINT$/m);
  await pastTheHalfSecond();
  held.finish();

  expect((await held.answer).body).toBe('answered');
  const { code } = await child.exited;
  expect(await child.json<Report>('report')).toMatchObject({ outcome: 'drained' });
  if (node === 'exec node') expect(code).toBe(0);
  await rm(folder, { recursive: true });
});
