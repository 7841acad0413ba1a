import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isStopped } from '../../packages/drill/src/proc/processes.js';
import type { Cast } from '../../packages/drill/src/round/cast.js';
import { Closing } from '../../packages/drill/src/round/closing.js';
import type { Watch } from '../../packages/drill/src/round/watch.js';

let child: ReturnType<typeof spawn>;

beforeEach(async () => {
  child = spawn('sleep', ['10']);
  await once(child, 'spawn');
});
afterEach(async () => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
});

/** What is placed in front of a service that is about to close, which listens or does not when it has been frozen. */
async function placed(closesAfterMs: number, listens: boolean): Promise<number> {
  const pid = child.pid as number;
  let actors = 0;
  const actor = () => ({ id: `closing-queue#${actors++}`, client: { connected: async () => false } });
  const cast = { options: { preStopMs: 0 }, of: () => [], actor } as unknown as Cast;
  const watch = {
    listenerClosedAt: undefined,
    listens,
    serving: [pid],
    snapshot: async () => {},
  } as unknown as Watch;
  const closing = new Closing(cast, watch, performance.now(), closesAfterMs);
  await expect.poll(() => closing.freeze?.lasts, { interval: 2, timeout: 5_000 }).toBe(false);
  await expect.poll(() => isStopped(pid)).toBe(false);
  return actors;
}

test('a service is frozen before it closes its listening socket, and let go', async () => {
  // On a busy machine it may be too late once, and again.
  let actors = 0;
  for (let tries = 0; actors === 0 && tries < 10; tries++) actors = await placed(150, true);
  expect(actors).toBe(20);
});

test('frozen too late, in the middle of its closing, it is let go at once: nothing is put before it', async () => {
  expect(await placed(10, true)).toBe(0);
  expect(await placed(150, false)).toBe(0);
});
