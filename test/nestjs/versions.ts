import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The versions of Nest that are tested. Each has a folder with its own lock file, and a copy of the application. */
export const VERSIONS = [10, 11, 12] as const;

const root = fileURLToPath(new URL('../../', import.meta.url));

export const folderOf = (version: number): string => `${root}test/nestjs/nest-${version}/`;

function run(command: string, args: string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
}

/** Installs Nest, once for each lock file, puts the packages as they are built beside it, and compiles the application. */
export function prepare(version: number): void {
  const folder = folderOf(version);
  const installed = `${folder}node_modules/.installed-lock.json`;
  const lock = readFileSync(`${folder}package-lock.json`, 'utf8');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
    run('npm', ['ci', '--no-audit', '--no-fund'], folder);
    writeFileSync(installed, lock);
  }
  // Copied, not linked: what is linked would find the Nest of the workspace.
  for (const name of ['core', 'nestjs']) {
    const to = `${folder}node_modules/@http-drain/${name}/`;
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    for (const part of ['package.json', 'dist'])
      cpSync(`${root}packages/${name}/${part}`, to + part, { recursive: true });
  }
  rmSync(`${folder}src`, { recursive: true, force: true });
  cpSync(`${root}test/nestjs/app`, `${folder}src`, { recursive: true });
  run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'src'], folder);
}
