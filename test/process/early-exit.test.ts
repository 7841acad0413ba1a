import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers, startFixture } from './child.js';
import { get, hold } from './client.js';

afterEach(killLeftovers);

async function drainWithTwoRequests(how: string): Promise<Child> {
  const child = startFixture('early-exit.mjs', { args: [how] });
  const port = await child.number('listening');
  hold(port, '/hang-first?token=secret');
  await child.saw(/^request \/hang-first/m);
  hold(port, '/hang-second');
  await child.saw(/^request \/hang-second/m);
  child.signal('SIGTERM');
  return child;
}

async function endWhileDraining(how: string): Promise<Child> {
  const child = await drainWithTwoRequests(how);
  await child.exited;
  return child;
}

function expectTheLossToBeNamed(stderr: string): void {
  const lines = stderr.split('\n').filter((line) => line.includes('close the pool'));
  expect(lines, stderr).toHaveLength(1);
  expect(lines[0]).toMatch(/\b2\b/);
  expect(lines[0]).toContain('POST /hang-first');
  expect(lines[0]).toContain('flush the log');
  expect(lines[0]).not.toContain('stop consuming');
  expect(stderr).not.toContain('secret');
}

describe('a process that is ended while it drains', () => {
  test.each([
    ['exit', 7],
    ['reallyExit', 10],
  ])('by process.%s says what was lost and who called', async (how, line) => {
    const child = await endWhileDraining(how);
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expectTheLossToBeNamed(child.stderr);
    expect(child.stderr).toContain('impatientLibrary');
    expect(child.stderr).toContain(`process.${how}(7) was called`);
    expect(child.stderr).toMatch(new RegExp(`early-exit\\.mjs:${line}\\b`));
  });

  test.each(['throw', 'reject'])(
    'by an uncaught error (%s) says what was lost, and Node says the error',
    async (how) => {
      const child = await endWhileDraining(how);
      expect(await child.exited).toEqual({ code: 1, signal: null });
      expectTheLossToBeNamed(child.stderr);
      expect(child.stderr).toContain('Error: a bug elsewhere');
      expect(child.stderr).toContain('impatientLibrary');
    },
  );

  test('by process.exit without a code keeps process.exitCode', async () => {
    const child = await endWhileDraining('exitCode');
    expect(await child.exited).toEqual({ code: 9, signal: null });
    expectTheLossToBeNamed(child.stderr);
  });

  test('says it of the call that ends it, and not of those that end nothing', async () => {
    const child = await endWhileDraining('falseAlarms');
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expectTheLossToBeNamed(child.stderr);
    expect(child.stderr).toContain('process.exit(7)');
    expect(child.stdout).toMatch(/^ERR_INVALID_ARG_TYPE$/m);
  });

  test('by process.kill of itself says what was lost and who called', async () => {
    const child = await endWhileDraining('kill');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expectTheLossToBeNamed(child.stderr);
    expect(child.stderr).toContain('impatientLibrary');
  });
});

test('an uncaught error that somebody handles ends nothing, and nothing is said of it', async () => {
  const child = await drainWithTwoRequests('survive');
  await child.saw(/^survived$/m);
  await delay(600); // A second signal forces only after half a second.
  child.signal('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  // That the second signal has cut them off is told at the end.
  expect(child.stderr).toMatch(/HttpDrainWarning: forced in .*; cut off POST \/hang-first/);
  expect(child.stderr).not.toContain('the process ends');
});

test('process.exit before a drain is nobody’s business', async () => {
  const child = startFixture('early-exit.mjs', { args: ['exit'] });
  await get(await child.number('listening'), '/exit').catch(() => {});
  expect(await child.exited).toEqual({ code: 7, signal: null });
  expect(child.stderr).toBe('');
});

test('a wrapper that another library put around process.exit meanwhile is left in place', async () => {
  const child = startFixture('patched-exit.mjs');
  expect(await child.exited).toEqual({ code: 5, signal: null });
  expect(child.stdout).toBe('still theirs true\ntheir wrapper ran\n');
  expect(child.stderr).toBe('');
});

test.each(['wrapped', 'overlapping'])('process.exit ends a later drain, too: %s', async (how) => {
  const child = startFixture('exit-watched-again.mjs', { args: [how] });
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stdout).toBe(how === 'wrapped' ? 'their wrapper ran\n' : 'restored true\n');
  expect(child.stderr).toMatch(/^http-drain: .*background work second.*exit-watched-again\.mjs.*\n$/);
});

test('a drain does without its watch where process.exit cannot be replaced', async () => {
  const child = startFixture('frozen-exit.mjs');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe('drained\n');
  expect(child.stderr).toBe('');
});

test('a drain that has nothing to lose is not missed, where another one has done the work', async () => {
  const child = startFixture('own-drain.mjs');
  await child.number('listening');
  child.signal('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(/^drained$/m);
  expect(child.stderr).toBe('');
});
