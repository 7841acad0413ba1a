/**
 * Checks the packages as npm would publish them: publint for package.json and files, attw for the types as each kind
 * of resolution finds them, that of Node 10 too: `typesVersions` tells it of subpaths.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'http-drain-packages-'));
const run = (command, args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', command), ...args], {
    stdio: 'inherit',
    cwd: root,
  });

try {
  for (const name of ['core', 'express', 'fastify', 'nestjs', 'drill']) {
    const workspace = join(root, 'packages', name);
    const packed = execFileSync('npm', ['pack', workspace, '--pack-destination', folder, '--json'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const tarball = join(folder, JSON.parse(packed)[0].filename);
    run('publint/src/cli.js', ['run', tarball, '--strict']);
    run('@arethetypeswrong/cli/dist/index.js', [tarball, '--no-emoji']);
  }
} finally {
  await rm(folder, { recursive: true });
}
