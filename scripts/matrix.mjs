/**
 * npm run test:matrix: the suite on each supported Node, with the newest and the oldest supported major of the
 * frameworks. Prints a table; exits with 1 if anything failed.
 *
 * npm run test:matrix -- 'Node 26' runs those whose name has this in it; what follows `--` goes to vitest.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const versions = join(root, 'test/matrix');
const copy = join(root, '.matrix/older-frameworks');

/** In the copy of the workspace these stand in for those of their own name. */
const OLDER = { express: 'express-4', fastify: 'fastify-4', '@fastify/websocket': '@fastify/websocket-10' };

/** What has frameworks of its own, or is about the newer ones. */
const PINNED = ['examples', 'consumer', 'docs', 'nestjs'].flatMap((folder) => [
  '--exclude',
  `test/${folder}/**`,
]);

/** What does not depend on the Node that runs the suite: what npm installs, the drill, what asks other programs. */
const INSTALLED = ['consumer/peers.test.ts', 'nestjs/**', 'drill-package/**', 'monitoring/**'].flatMap(
  (files) => ['--exclude', `test/${files}`],
);

const NEWER = 'Express 5, Fastify 5';
const combinations = [
  ...[20, 22, 24, 26].map((node) => ({ node, frameworks: NEWER, folder: root, exclude: INSTALLED })),
  ...[20, 26].map((node) => ({
    node,
    frameworks: 'Express 4, Fastify 4',
    folder: copy,
    exclude: [...INSTALLED, ...PINNED],
  })),
].map((combination) => ({ ...combination, name: `Node ${combination.node}, ${combination.frameworks}` }));

const split = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, split < 0 ? undefined : split);
const forVitest = split < 0 ? [] : process.argv.slice(split + 1);

await install();
await makeCopy();
const rows = [];
for (const combination of combinations.filter(({ name }) => own.every((part) => name.includes(part)))) {
  rows.push(await run(combination));
}
print(rows);
process.exitCode = rows.length > 0 && rows.every(({ failed }) => !failed) ? 0 : 1;

/** On first use, and whenever the lock has changed. */
async function install() {
  const lock = await stat(join(versions, 'package-lock.json'));
  const installed = await stat(join(versions, 'node_modules/.package-lock.json')).catch(() => undefined);
  if (installed && installed.mtimeMs >= lock.mtimeMs) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: versions, stdio: 'inherit' });
  if (status !== 0) throw new Error('The versions of the matrix could not be installed');
}

/** Nothing but a tree of its own makes children, CommonJS and peer dependencies see the older frameworks, too. */
async function makeCopy() {
  await rm(copy, { recursive: true, force: true });
  const unwanted = /(^|\/)(node_modules|\.git|\.matrix|coverage)$/;
  await mkdir(copy, { recursive: true });
  for (const entry of await readdir(root)) {
    if (unwanted.test(entry)) continue;
    await cp(join(root, entry), join(copy, entry), {
      recursive: true,
      filter: (source) => !unwanted.test(source),
    });
  }
  await linkModules('');
  for (const [name, older] of Object.entries(OLDER)) {
    await replace(join(versions, 'node_modules', older), join(copy, 'node_modules', name));
  }
}

/** Links to every package of the workspace; its own packages are those of the copy. */
async function linkModules(scope) {
  const from = join(root, 'node_modules', scope);
  const to = join(copy, 'node_modules', scope);
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (scope === '' && name.startsWith('@')) await linkModules(name);
    else if (scope === '@http-drain') await symlink(join(copy, 'packages', name), join(to, name));
    else await symlink(join(from, name), join(to, name));
  }
}

async function replace(target, link) {
  await rm(link, { recursive: true, force: true });
  await symlink(target, link);
}

async function run({ name, node, folder, exclude = [] }) {
  console.log(`\n== ${name}`);
  const bin = join(versions, `node_modules/node-${node}/bin/node`);
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const began = Date.now();
  const code = await new Promise((resolve) => {
    const child = spawn(bin, [vitest, 'run', ...exclude, ...forVitest], {
      cwd: folder,
      stdio: 'inherit',
      env: {
        ...process.env,
        PATH: `${dirname(bin)}${delimiter}${process.env.PATH}`,
        CHAOS_WORLDS: process.env.CHAOS_WORLDS ?? '40',
        RESULTS: join(root, `.results/${name.replaceAll(/\W+/g, '-')}.json`),
      },
    });
    child.on('close', resolve);
  });
  return { name, failed: code !== 0, seconds: Math.round((Date.now() - began) / 1_000) };
}

function print(rows) {
  console.log('\n| versions | result | seconds |\n| --- | --- | --- |');
  for (const { name, failed, seconds } of rows) {
    console.log(`| ${name} | ${failed ? 'failed' : 'passed'} | ${seconds} |`);
  }
}
