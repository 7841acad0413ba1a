import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Installs what the examples need, and compiles those in TypeScript. */
export function buildExamples(): void {
  installFrameworks();
  run(process.execPath, ['../node_modules/typescript/bin/tsc', '-p', '.']);
}

/** Frameworks that only the examples need are no part of the workspace: they are installed here, once for each lock file. */
function installFrameworks(): void {
  const installed = `${folder}node_modules/.installed-lock.json`;
  const lock = readFileSync(`${folder}package-lock.json`, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  run('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(installed, lock);
}

function run(command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
}
