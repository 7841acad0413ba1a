import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));

/** Debian keeps both proxies in /usr/sbin, which is not on every user's PATH. */
process.env.PATH = `${process.env.PATH}${path.delimiter}/usr/sbin`;

/**
 * Those of these programs that cannot be started.
 * @param {import('../modes.mjs').Mode[]} modes
 */
export function missingPrograms(modes) {
  const needed = new Set(modes.flatMap(({ needs }) => needs ?? []));
  return [...needed].filter((program) => spawnSync(program, ['-v']).error !== undefined);
}

/** The other libraries are no dependency of anything here, so they come when first asked for. */
export function installPeers() {
  if (existsSync(path.join(bench, 'node_modules'))) return;
  console.error('Installing the other libraries, this once: npm ci --prefix bench');
  const { status } = spawnSync('npm', ['ci', '--prefix', bench], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci --prefix bench failed; --only http-drain does without it');
}
