import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';
import { get } from '../process/client.js';
import { fixture, WAYS } from './registered.js';

const folders: string[] = [];

afterEach(async () => {
  await killLeftovers();
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const ways = Object.entries(WAYS).map(([name, args]) => [name, args.join(' ')] as const);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');

const start = (NODE_OPTIONS: string, command: string, args: string[], cwd = root) =>
  new Child(command, args, { cwd, env: { ...process.env, NODE_OPTIONS }, detached: true });

/** What a command prints with these NODE_OPTIONS, and how it ends. */
async function run(NODE_OPTIONS: string, command: string, args: string[], cwd?: string) {
  const child = start(NODE_OPTIONS, command, args, cwd);
  const exit = await child.exited;
  return { ...exit, stdout: child.stdout, stderr: child.stderr };
}

async function packageWith(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'http-drain-register-'));
  folders.push(folder);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'program', scripts: { start: script } }),
  );
  return folder;
}

describe.each(ways)('NODE_OPTIONS with %s', (_name, options) => {
  const commands: [string, string, string[]][] = [
    ['node', process.execPath, ['-e', 'console.log(1)']],
    ['threads and children', process.execPath, [fixture('threads.mjs')]],
    ['npm', 'npm', ['--version']],
    ['npx', 'npx', ['--no-install', 'tsx', '--version']],
    ['tsx', process.execPath, [tsx, '-e', 'const one: number = 1; console.log(one)']],
  ];
  test.each(commands)('changes nothing that is printed: %s', async (_command, command, args) => {
    const bare = await run('', command, args);
    expect(bare.code).toBe(0);
    expect(await run(options, command, args)).toEqual(bare);
  });

  test('drains what npm start has started, and npm says of it what it does', async () => {
    const folder = await packageWith('node server.cjs arguments');
    await cp(fixture('server.cjs'), join(folder, 'server.cjs'));
    const child = start(options, 'npm', ['start', '--silent'], folder);
    const answer = get(await child.number('listening'), '/slow');
    await get(await child.number('listening'), '/quick');
    child.signalGroup('SIGTERM');
    expect((await answer).body).toBe('slow');
    await child.exited;
    expect(child.stdout).toMatch(/^signal \["SIGTERM",15\]$/m);
    expect(child.stderr).toBe('');
  });

  test.each([
    ['exit', { code: 0, signal: null }],
    ['no listener', { code: 143, signal: null }],
  ])('drains what tsx has started (%s)', async (how, exit) => {
    const child = start(options, process.execPath, [tsx, fixture('tsx-server.ts'), how]);
    const answer = get(await child.number('listening'), '/slow');
    await child.saw(/^request/m);
    child.signal('SIGTERM');
    expect((await answer).body).toBe('slow');
    expect(await child.exited).toEqual(exit);
    expect(child.stderr).toBe('');
  });
});
