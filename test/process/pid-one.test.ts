import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { Child, fixturePath, killLeftovers } from './child.js';
import { hold } from './client.js';

afterEach(killLeftovers);

const namespace = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const asRoot = [namespace, ['--user', '--map-root-user', ...namespace]];
const allowed = asRoot.find((args) => spawnSync('unshare', [...args, 'true']).status === 0);

/** The process that `unshare` forked: number 1 in its own namespace, an ordinary number out here. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

test('as PID 1, the exit code and 4 MB of stdout arrive whole', async ({ skip }) => {
  if (!allowed) skip('PID namespaces cannot be made here (unshare is missing or not permitted)');
  const child = new Child('unshare', [...allowed!, process.execPath, fixturePath('pid-one.mjs')]);
  await child.saw(/^pid 1$/m);
  const held = hold(await child.number('listening'));
  await child.saw(/^request \/held$/m);

  process.kill(childOf(child.pid), 'SIGTERM');
  held.finish();
  expect((await held.answer).body).toBe('answered');
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stdout).toMatch(/^outcome drained\n$/m);
  expect(/x+/.exec(child.stdout)![0]).toHaveLength(4 * 1024 * 1024);
});
