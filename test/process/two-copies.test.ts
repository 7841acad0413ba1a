import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { hold } from './client.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'two-copies-'));
});

afterEach(async () => {
  await killLeftovers();
  await rm(folder, { recursive: true });
});

test.each(['dist/index.mjs', 'dist/index.js'])(
  'two copies of core share one process drain (%s)',
  async (entry) => {
    const core = fileURLToPath(new URL('../../packages/core', import.meta.url));
    const copy = path.join(folder, 'node_modules/@http-drain/core');
    await cp(path.join(core, 'package.json'), path.join(copy, 'package.json'));
    await cp(path.join(core, 'dist'), path.join(copy, 'dist'), { recursive: true });

    const child = startFixture('two-copies.mjs', { args: [path.join(copy, entry)] });
    await child.saw(/^two copies true$/m);
    const held = hold(await child.number('listening'));
    await child.saw(/^request \/held, in flight 1 1$/m);
    child.signal('SIGTERM');
    held.finish();

    expect((await held.answer).body).toBe('answered');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const report = await child.json<{ outcome: string; hooks: { name: string }[] }>('report');
    expect(report.outcome).toBe('drained');
    expect(report.hooks.map(({ name }) => name)).toEqual(['other hook', 'own hook']);
    expect(child.stdout).toMatch(/^other hook\nown hook\none report true$/m);
    expect(child.stdout).toMatch(/^phases closed closed$/m);
    // Each copy knows the other's signal listener for one of the library's own.
    expect(child.stderr).toBe('');
  },
);
