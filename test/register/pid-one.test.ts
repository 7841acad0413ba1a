import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';
import { get } from '../process/client.js';
import { fixture, WAYS } from './registered.js';

afterEach(killLeftovers);

const namespace = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const asRoot = [namespace, ['--user', '--map-root-user', ...namespace]];
const allowed = asRoot.find((args) => spawnSync('unshare', [...args, 'true']).status === 0);

test('as PID 1, which its own signal cannot kill, it exits with 128 and the number of the signal', async ({
  skip,
}) => {
  if (!allowed) skip('PID namespaces cannot be made here (unshare is missing or not permitted)');
  const program = [process.execPath, ...WAYS['--require'], fixture('pid-one.cjs')];
  const child = new Child('unshare', [...allowed!, ...program]);
  await child.saw(/^pid 1$/m);
  const answer = get(await child.number('listening'));
  await child.saw(/^request$/m);
  const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
  process.kill(pid, 'SIGTERM');
  expect((await answer).body).toBe('slow');
  expect(await child.exited).toEqual({ code: 143, signal: null });
  expect(child.stdout).toMatch(/^exit 143$/m);
  expect(child.stderr).toBe('');
});
