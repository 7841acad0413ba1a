import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

type Warning = { name: string; code?: string; message: string };

async function terminate(how: string) {
  const child = startFixture('other-listeners.mjs', { args: [how] });
  await child.number('listening');
  child.signal('SIGTERM');
  const exit = await child.exited;
  const warnings = [...child.stdout.matchAll(/^warning (.+)$/gm)].map(
    ([, text]) => JSON.parse(text!) as Warning,
  );
  return { child, exit, warnings };
}

describe('another listener for the same signal', () => {
  test('is named in one process warning with a code, with its source position', async () => {
    const { exit, warnings, child } = await terminate('named');
    expect(exit.code).toBe(0);
    expect(child.stdout).toContain('outcome drained');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.code).toMatch(/^[A-Z][A-Z_]+$/);
    expect(warnings[0]!.message).toContain('SIGTERM');
    expect(warnings[0]!.message).toContain('closeEverything');
    // closeEverything stands on line 8 of the fixture.
    expect(warnings[0]!.message).toMatch(/other-listeners\.mjs:8\b/);
  });

  test('that is bound is found by the position of the function behind it', async () => {
    const { warnings } = await terminate('bound');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toMatch(/bound closeEverything .*other-listeners\.mjs:8\b/);
  });

  test('without a name is found by its source position', async () => {
    const { warnings } = await terminate('anonymous');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toMatch(/other-listeners\.mjs:1[0-9]\b/);
  });

  test.each(['exits', 'prepended', 'prependedOnce'])(
    'that exits at once is named on stderr all the same: %s',
    async (how) => {
      const { exit, child } = await terminate(how);
      expect(exit.code).toBe(42);
      expect(child.stderr).toContain('leaveAtOnce');
      expect(child.stderr).toContain('other-listeners.mjs');
    },
  );

  test('that is known to wait for the drain is not named', async () => {
    const { warnings, child } = await terminate('harmless');
    expect(warnings).toEqual([]);
    expect(child.stdout).toContain('other library heard it');
    expect(child.stdout).toContain('outcome drained');
  });

  test('is not imagined where there is none', async () => {
    const { exit, warnings, child } = await terminate('none');
    expect(exit.code).toBe(0);
    expect(warnings).toEqual([]);
    expect(child.stderr).toBe('');
  });
});
