/**
 * npm run test:programs: installs the programs of test/programs (npm ci, and the builds of Next.js and SvelteKit), on
 * first use and whenever their lock has changed, and runs their tests. With --table it prints what each loses with
 * `register` and without it instead. What follows `--` goes to vitest.
 */
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'test/programs');
const split = process.argv.indexOf('--', 2);
const forVitest = split < 0 ? [] : process.argv.slice(split + 1);

const lock = join(folder, 'package-lock.json');
if (await isOlder(join(folder, 'node_modules/.package-lock.json'), lock)) {
  run('npm', ['ci', '--no-audit', '--no-fund'], folder);
}

/** Applications that are built, and what the build ends with. */
const built = [
  ['next', ['next/dist/bin/next', 'build'], '.next/standalone/apps/next/server.js'],
  ['sveltekit', ['vite/bin/vite.js', 'build'], 'build/index.js'],
];
for (const [name, [tool, ...args], result] of built) {
  const app = join(folder, 'apps', name);
  if (await isOlder(join(app, result), lock)) node([join(folder, 'node_modules', tool), ...args], app);
}

const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/programs', ...forVitest];
const table = ['--import', 'tsx', 'test/programs/table.ts'];
node(process.argv.includes('--table') ? table : vitest, root);

async function isOlder(file, than) {
  const found = await stat(file).catch(() => undefined);
  return !found || found.mtimeMs < (await stat(than)).mtimeMs;
}

function node(args, cwd) {
  run(process.execPath, args, cwd);
}

function run(command, args, cwd) {
  const env = { ...process.env, PROGRAMS: '1', NEXT_TELEMETRY_DISABLED: '1' };
  const { status } = spawnSync(command, args, { cwd, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
