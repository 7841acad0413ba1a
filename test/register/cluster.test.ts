import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers } from '../process/child.js';
import { Crowd } from './crowd.js';
import { fixture, startBare, startRegistered } from './registered.js';

afterEach(killLeftovers);

/** @param whole - is the signal sent to the workers, too, as systemd does, and Ctrl-C? */
async function stop(start: typeof startBare, how: string, whole = false) {
  const child = start(fixture('cluster.cjs'), { args: [how], detached: true });
  const crowd = await Crowd.arrive(await child.number('listening'));
  await crowd.queueUp(child, 'SIGTERM', whole ? () => child.signalGroup('SIGTERM') : undefined);
  return { ...(await crowd.outcome()), exit: await child.exited, child };
}

describe('a cluster that is stopped whole', () => {
  test.each(['exit', 'none'])(
    'loses nothing of what waits in its primary (a worker’s listener: %s)',
    async (how) => {
      const { lost, exit, child } = await stop(startRegistered, how);
      expect(lost).toEqual([]);
      expect(exit).toEqual({ code: 6, signal: null });
      const ends = child.stdout.match(/^worker .*$/gm);
      expect(ends).toEqual(Array(2).fill(how === 'exit' ? 'worker 0 null' : 'worker null SIGTERM'));
      expect(child.stderr).toBe('');
    },
  );

  test('process by process, all at once, loses nothing either', async () => {
    const { lost, exit } = await stop(startRegistered, 'exit', true);
    expect(lost).toEqual([]);
    expect(exit).toEqual({ code: 6, signal: null });
  });

  test('loses nearly all of it without register, so that the test can fail', async () => {
    const { lost, exit } = await stop(startBare, 'exit');
    expect(lost.length).toBeGreaterThan(10);
    expect(exit).toEqual({ code: 6, signal: null });
  });
});
