import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { heardBy } from '../../packages/drill/src/client/conversation.js';
import type { Shared } from '../../packages/drill/src/proc/pulse.js';

test('a thread sees processes run for as long as all of them do, and looks when it is told to', async () => {
  const [one, other] = [idleProcess(), idleProcess()];
  const { look, ranAt } = pulseOf([one.pid as number, other.pid as number]);
  await sleep(20);
  expect(ranAt()).toBe(0);
  look();
  await expect.poll(ranAt).toBeGreaterThan(0);
  const before = ranAt();
  await expect.poll(ranAt).toBeGreaterThan(before);
  one.kill('SIGKILL');
  await once(one, 'exit');
  const last = ranAt();
  look();
  await sleep(20);
  expect(ranAt()).toBe(last);
});

test('what one turn of the loop brings had come by one time, and what the next brings by another', async () => {
  const first = heardBy();
  const until = performance.now() + 2;
  while (performance.now() < until);
  expect(heardBy()).toBe(first);
  await sleep(1);
  expect(heardBy()).toBeGreaterThan(first);
});

function idleProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The thread alone, as the drill starts it. */
function pulseOf(pids: number[]) {
  const shared: Shared = {
    pids: new Int32Array(new SharedArrayBuffer(4 * (1 + pids.length))),
    calls: new Int32Array(new SharedArrayBuffer(4)),
    times: new Float64Array(new SharedArrayBuffer(16)),
  };
  shared.pids.set([pids.length, ...pids]);
  const thread = new Worker(new URL('../../packages/drill/dist/pulse-thread.js', import.meta.url), {
    workerData: shared,
  });
  onTestFinished(() => void thread.terminate());
  const { calls, times } = shared;
  return {
    look: () => {
      times[0] = Number(process.hrtime.bigint()) / 1e6 + 1_000;
      Atomics.add(calls, 0, 1);
      Atomics.notify(calls, 0);
    },
    ranAt: () => times[1] as number,
  };
}
